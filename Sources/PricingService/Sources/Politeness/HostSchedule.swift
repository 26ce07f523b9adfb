/// When one host may be asked: the facts behind a `HostBudget`, without a clock.
struct HostSchedule: Sendable, Hashable {
  /// On the caller's time line.
  private(set) var nextFree: Duration = .zero
  private(set) var closedUntil: Duration = .zero

  /// Takes the next moment from `now` on; nil, with nothing taken, when it is farther away than `limit`.
  mutating func reserve(at now: Duration, interval: Duration, within limit: Duration) -> Duration? {
    let moment = earliest(from: now)
    guard moment - now <= limit else { return nil }
    nextFree = moment + interval
    return moment - now
  }

  /// The next moment that could be taken.
  func earliest(from now: Duration) -> Duration { max(now, nextFree, closedUntil) }

  mutating func postpone(at now: Duration, by delay: Duration) { closedUntil = max(closedUntil, now + delay) }

  /// Nothing to remember any more.
  func isIdle(at now: Duration) -> Bool { nextFree <= now && closedUntil <= now }
}
