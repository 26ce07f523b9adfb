/// The rule at the end of a zone file: a `TZ` string (POSIX.1, "Environment Variables"; RFC 9636, section 3.3), such as
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixZone: Sendable, Equatable {
  /// Seconds east of UTC.
  var standard: Int32
  var summer: Summer?

  struct Summer: Sendable, Equatable {
    var offset: Int32
    var start: Day
    var end: Day
  }

  /// A day of each year, and the clock time then.
  struct Day: Sendable, Equatable {
    enum Rule: Sendable, Equatable {
      /// 1 to 365; 29 February is never counted.
      case julian(Int)
      /// 0 to 365.
      case ordinal(Int)
      /// Month 1 to 12, week 1 to 5 (5: the last), day of the week from Sunday, 0.
      case week(month: Int, week: Int, day: Int)
    }

    var rule: Rule
    /// Seconds after midnight by the clock before the change; may be negative or more than a day (RFC 9636).
    var time: Int
  }

  func offset(at seconds: Int64) -> Int32 {
    guard let summer else { return standard }
    let year = CivilDate(day: (seconds + Int64(standard)).floorDivided(by: 86_400)).year
    let start = summer.start.local(in: year) - Int64(standard)
    let end = summer.end.local(in: year) - Int64(summer.offset)
    let isSummer = start < end ? (start..<end).contains(seconds) : !(end..<start).contains(seconds)
    return isSummer ? summer.offset : standard
  }
}

extension PosixZone.Day {
  /// The clock time of the change in seconds since 1970, as if it were UTC.
  func local(in year: Int64) -> Int64 {
    let first = CivilDate(year: year, month: 1, day: 1).dayNumber
    let day: Int64
    switch rule {
    case .ordinal(let number): day = first + Int64(number)
    case .julian(let number): day = first + Int64(number) - 1 + (CivilDate.isLeap(year) && number >= 60 ? 1 : 0)
    case .week(let month, let week, let weekday):
      let monthStart = CivilDate(year: year, month: Int64(month), day: 1).dayNumber
      // 1970-01-01 was a Thursday.
      let firstWeekday = (monthStart + 4).floorRemainder(by: 7)
      var candidate = monthStart + (Int64(weekday) - firstWeekday).floorRemainder(by: 7) + Int64(week - 1) * 7
      if candidate >= monthStart + CivilDate.days(in: Int64(month), of: year) { candidate -= 7 }
      day = candidate
    }
    return day * 86_400 + Int64(time)
  }
}
