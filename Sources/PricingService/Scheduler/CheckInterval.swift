/// When a listing is checked next.
package enum CheckInterval {
  /// What a check came to, as far as the next one is concerned.
  package enum Result: Hashable, Sendable {
    /// Something was different.
    case changed
    case unchanged
    /// A price waits for its confirmation.
    case unconfirmed
    /// The shop says that the product is gone.
    case gone
    /// The source could not be asked, or gave no usable answer.
    case failed
  }

  /// Checks in a row without a change that still lengthen the interval.
  private static let patience: Int64 = 10
  /// The longest pause after failures, in milliseconds.
  private static let longest = Moment.day

  /// The next time, and the counts of checks in a row that changed nothing and that failed.
  /// - Parameters:
  ///   - jitter: 0 to 1, spreads checks by 10 % either way.
  ///   - notBefore: when the source may be asked again.
  package static func next(
    _ result: Result, _ priority: PriorityClass, unchanged: Int16, failures: Int16, now: Moment, jitter: Double,
    notBefore: Moment? = nil, intervals: CheckIntervals = .standard
  ) -> (due: Moment, unchanged: Int16, failures: Int16) {
    var (unchanged, failures) = (unchanged, failures)
    let interval = intervals[priority]
    var pause: Int64
    switch result {
    case .changed:
      (unchanged, failures) = (0, 0)
      pause = interval * 3 / 4
    case .unchanged:
      unchanged = min(unchanged + 1, Int16(patience))
      failures = 0
      // From three quarters of the class's interval for what changes often to one and a quarter for what never does.
      pause = interval * (75 + 5 * Int64(unchanged)) / 100
    case .unconfirmed:
      failures = 0
      pause = GlitchGuard.minimumAge * 5 / 4
    case .gone:
      failures = 0
      pause = Moment.day
    case .failed:
      failures = min(failures + 1, 30)
      let doubled = failures < 20 ? interval << Int64(failures) : longest
      pause = max(interval, min(doubled, longest))
    }
    pause += Int64(Double(pause) * (jitter - 0.5) / 5)
    let due = now + max(pause, result == .unconfirmed ? GlitchGuard.minimumAge + 1000 : 0)
    return (max(due, notBefore ?? due), unchanged, failures)
  }

  /// The shortest time between two checks that both found nothing unusual, in milliseconds.
  package static func shortest(_ priority: PriorityClass, _ intervals: CheckIntervals = .standard) -> Int64 {
    intervals[priority] * 75 / 100 * 9 / 10
  }

  /// The first check of a new listing: soon, but not all at once.
  static func first(for priority: PriorityClass, now: Moment, _ intervals: CheckIntervals) -> Moment {
    now + Int64.random(in: 0...min(intervals[priority] / 10, 60_000))
  }
}
