/// A moment in UTC, in whole microseconds since 1970.
struct UnixTime: Hashable, Comparable, Sendable {
  var microseconds: Int64

  init(microseconds: Int64) { self.microseconds = microseconds }

  /// Saturates at the ends of what can be told.
  init(seconds: Int64) {
    let (value, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    microseconds = overflow ? (seconds < 0 ? .min : .max) : value
  }

  /// Whole seconds, rounded down.
  var seconds: Int64 {
    let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    return remainder < 0 ? quotient - 1 : quotient
  }

  static func < (left: UnixTime, right: UnixTime) -> Bool { left.microseconds < right.microseconds }

  /// Saturates at the ends of what can be told.
  static func + (time: UnixTime, amount: Duration) -> UnixTime {
    let (seconds, attoseconds) = amount.components
    let whole = UnixTime(seconds: seconds).microseconds
    let (sum, overflow) = time.microseconds.addingReportingOverflow(whole)
    if overflow { return UnixTime(microseconds: whole < 0 ? .min : .max) }
    let (total, carried) = sum.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    return UnixTime(microseconds: carried ? (attoseconds < 0 ? .min : .max) : total)
  }

  static func - (time: UnixTime, amount: Duration) -> UnixTime { time + (.zero - amount) }

  /// How long after `earlier` this is; negative when it is before.
  func elapsed(since earlier: UnixTime) -> Duration {
    let (difference, overflow) = microseconds.subtractingReportingOverflow(earlier.microseconds)
    return .microseconds(overflow ? (microseconds < earlier.microseconds ? .min : .max) : difference)
  }
}

extension Duration {
  static func minutes(_ count: Int64) -> Duration { .seconds(60 * count) }
  static func hours(_ count: Int64) -> Duration { .seconds(3600 * count) }
  static func days(_ count: Int64) -> Duration { .seconds(86_400 * count) }
}
