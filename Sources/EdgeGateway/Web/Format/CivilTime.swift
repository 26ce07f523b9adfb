/// A moment as a clock on the wall in Turkey shows it. The zone is UTC+3 all year since September 2016; prices of before
/// that are shown by it as well.
struct CivilTime: Sendable, Equatable {
  var year: Int
  /// 1 to 12.
  var month: Int
  var day: Int
  var hour: Int
  var minute: Int

  static let offset: Int64 = 3 * 3600

  /// - Parameter seconds: since 1970, UTC; those beyond the years -9999 to 9999 count as the nearest that is not.
  init(_ seconds: Int64, offset: Int64 = CivilTime.offset) {
    let bounded = min(max(seconds, -377_705_000_000), 253_402_000_000) + offset
    let days = bounded.floorDivided(by: 86_400)
    let rest = bounded - days * 86_400
    hour = Int(rest / 3600)
    minute = Int(rest / 60 % 60)
    // Howard Hinnant's civil_from_days: eras of 400 years that begin on 1 March.
    let shifted = days + 719_468
    let era = shifted.floorDivided(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
    year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
  }

  /// Seconds since 1970 at which a day begins in Turkey.
  static func startOfDay(year: Int, month: Int, day: Int = 1) -> Int64 {
    let shiftedYear = Int64(month <= 2 ? year - 1 : year)
    let era = shiftedYear.floorDivided(by: 400)
    let yearOfEra = shiftedYear - era * 400
    let shiftedMonth = Int64(month > 2 ? month - 3 : month + 9)
    let dayOfYear = (153 * shiftedMonth + 2) / 5 + Int64(day) - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return (era * 146_097 + dayOfEra - 719_468) * 86_400 - offset
  }

  /// RFC 3339, in UTC: for programs.
  static func rfc3339(_ seconds: Int64) -> String {
    let time = CivilTime(seconds, offset: 0)
    let second = Int(seconds - seconds.floorDivided(by: 60) * 60)
    return "\(time.year)-\(two(time.month))-\(two(time.day))T\(two(time.hour)):\(two(time.minute)):\(two(second))Z"
  }

  static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension Int64 {
  /// Rounded down, for negative numbers too.
  func floorDivided(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
