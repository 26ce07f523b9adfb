/// A month of the Gregorian calendar in UTC.
package struct CalendarMonth: Hashable, Comparable, Sendable {
  /// Months since January of the year 0.
  package var index: Int

  package init(year: Int, month: Int) {
    index = year * 12 + month - 1
  }

  package init(index: Int) {
    self.index = index
  }

  /// The month of a moment (the civil calendar's usual arithmetic: years begin in March, eras have 400).
  package init(_ moment: Moment) {
    let days = moment.startOfDay.milliseconds / Moment.day + 719_468
    let era = (days >= 0 ? days : days - 146_096) / 146_097
    let dayOfEra = days - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    self.init(year: Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)), month: Int(month))
  }

  package var year: Int { index / 12 }
  /// 1 to 12.
  package var month: Int { index % 12 + 1 }
  package var next: CalendarMonth { CalendarMonth(index: index + 1) }

  package static func < (left: CalendarMonth, right: CalendarMonth) -> Bool { left.index < right.index }

  /// Its first day: `2024-03-01`.
  package var firstDay: String { "\(year)-\(twoDigits)-01" }
  /// `202403`.
  package var label: String { "\(year)\(twoDigits)" }

  private var twoDigits: String { month < 10 ? "0\(month)" : "\(month)" }
}
