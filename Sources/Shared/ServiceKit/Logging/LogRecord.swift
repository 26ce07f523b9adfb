internal import Logging

/// One message as it is written.
struct LogRecord {
  var time: WallTime
  var level: Logger.Level
  /// "catalog"
  var service: String
  var label: String
  var message: String
  /// In the order in which they are written.
  var fields: [(name: String, value: Logger.MetadataValue)]
  var requestID: String?
  var traceID: String?
  /// Of work that is recorded.
  var spanID: String?
}

/// A moment of the wall clock in milliseconds since 1970.
struct WallTime {
  var milliseconds: Int64

  /// RFC 3339 in UTC with milliseconds.
  func append(to bytes: inout [UInt8]) {
    let seconds = milliseconds.quotientFlooringRemainder(1000)
    let days = seconds.quotient.quotientFlooringRemainder(86_400)
    // Days to year, month, day: counted from 0000-03-01, so that the leap day ends the year.
    let shifted = days.quotient + 719_468
    let era = shifted.quotientFlooringRemainder(146_097)
    let dayOfEra = era.remainder
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era.quotient * 400 + (month <= 2 ? 1 : 0)
    let second = days.remainder
    Self.digits(year, 4, "-", &bytes)
    Self.digits(month, 2, "-", &bytes)
    Self.digits(day, 2, "T", &bytes)
    Self.digits(second / 3600, 2, ":", &bytes)
    Self.digits(second / 60 % 60, 2, ":", &bytes)
    Self.digits(second % 60, 2, ".", &bytes)
    Self.digits(seconds.remainder, 3, "Z", &bytes)
  }

  private static func digits(_ value: Int64, _ width: Int, _ end: Unicode.Scalar, _ bytes: inout [UInt8]) {
    var divisor: Int64 = 1
    for _ in 1..<width { divisor *= 10 }
    while divisor > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
      divisor /= 10
    }
    bytes.append(UInt8(ascii: end))
  }
}

extension Int64 {
  fileprivate func quotientFlooringRemainder(_ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
