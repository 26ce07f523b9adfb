/// A point in time in UTC, to the millisecond.
package struct Moment: Hashable, Comparable, Sendable {
  /// Since 1970-01-01T00:00:00Z.
  package var milliseconds: Int64

  package init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// The length of a day: UTC has no daylight saving, so all days are alike.
  package static let day: Int64 = 86_400_000

  package static func < (left: Moment, right: Moment) -> Bool { left.milliseconds < right.milliseconds }

  /// Milliseconds from `right` to `left`.
  package static func - (left: Moment, right: Moment) -> Int64 { left.milliseconds - right.milliseconds }

  package static func + (left: Moment, milliseconds: Int64) -> Moment {
    Moment(milliseconds: left.milliseconds + milliseconds)
  }

  /// The moment `count` days of 24 hours before this one.
  package func daysBefore(_ count: Int) -> Moment { Moment(milliseconds: milliseconds - Int64(count) * Self.day) }

  /// The moment `count` days of 24 hours after this one.
  package func daysAfter(_ count: Int) -> Moment { Moment(milliseconds: milliseconds + Int64(count) * Self.day) }

  /// Midnight (UTC) at which this moment's day began.
  package var startOfDay: Moment {
    let remainder = milliseconds % Self.day
    return Moment(milliseconds: milliseconds - (remainder < 0 ? remainder + Self.day : remainder))
  }
}
