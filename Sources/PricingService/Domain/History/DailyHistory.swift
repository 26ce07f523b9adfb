/// One day (UTC) of a listing's history.
package struct HistoryDay: Hashable, Sendable {
  /// The day's state at its end; `at` is the day's start.
  package var last: HistoryPoint
  /// The lowest in-stock price in effect on that day.
  package var low: Int64?
}

extension Timeline {
  /// A day for each one from that of `from` to that of the last moment before `to`, as far as something was known.
  ///
  /// The days before the first observation are left out.
  package func days(from: Moment, to: Moment, maximum: Int) -> [HistoryDay] {
    guard let first = points.first, from < to else { return [] }
    let lastDay = Moment(milliseconds: to.milliseconds - 1).startOfDay
    var day = max(from.startOfDay, first.at.startOfDay)
    let earliest = lastDay.daysBefore(maximum - 1)
    if day < earliest { day = earliest }
    var days: [HistoryDay] = []
    while day <= lastDay {
      let end = min(day.daysAfter(1), to)
      if var last = state(at: Moment(milliseconds: end.milliseconds - 1)) {
        last.at = day
        days.append(HistoryDay(last: last, low: lowest(from: day, to: end)?.price))
      }
      day = day.daysAfter(1)
    }
    return days
  }
}
