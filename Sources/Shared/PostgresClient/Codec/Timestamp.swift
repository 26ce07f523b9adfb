internal import Glibc

/// A moment in UTC, in whole microseconds: PostgreSQL's own resolution.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Since 1970-01-01 00:00 UTC. `Int64.max` and `Int64.min` are `infinity` and `-infinity`.
  package var microseconds: Int64

  package init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  package static let infinity = Timestamp(microseconds: .max)
  package static let negativeInfinity = Timestamp(microseconds: .min)
  package var isFinite: Bool { self != .infinity && self != .negativeInfinity }

  /// The system clock.
  package static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

  /// ISO 8601 in UTC with as many decimals as needed, 0 or 6: `2026-02-03T04:05:06Z`.
  package var description: String {
    guard isFinite else { return microseconds > 0 ? "infinity" : "-infinity" }
    let day = microseconds.floorDivided(by: 86_400_000_000)
    var rest = microseconds - day * 86_400_000_000
    let fraction = rest % 1_000_000
    rest /= 1_000_000
    let (year, month, dayOfMonth) = Timestamp.civil(day: day)
    func pad(_ value: Int64, _ width: Int) -> String {
      let digits = String(value.magnitude)
      return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let date = "\(pad(year, 4))-\(pad(month, 2))-\(pad(dayOfMonth, 2))"
    let time = "\(pad(rest / 3600, 2)):\(pad(rest / 60 % 60, 2)):\(pad(rest % 60, 2))"
    return date + "T" + time + (fraction == 0 ? "" : "." + pad(fraction, 6)) + "Z"
  }

  /// Proleptic Gregorian date of a day counted from 1970-01-01, by eras of 400 years that begin on 1 March.
  static func civil(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468
    let era = shifted.floorDivided(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }
}

extension Int64 {
  fileprivate func floorDivided(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}

extension Timestamp: PostgresEncodable, PostgresDecodable {
  /// 2000-01-01, where PostgreSQL counts from.
  private static let postgresEpoch: Int64 = 946_684_800_000_000

  package static var postgresType: PostgresType { .timestamptz }

  package func encode(into writer: inout ByteWriter) throws(PostgresError) -> Bool {
    guard isFinite else {
      writer.write(microseconds)
      return true
    }
    let (value, overflow) = microseconds.subtractingReportingOverflow(Self.postgresEpoch)
    // The lowest value would be read as -infinity.
    guard !overflow, value != .min else {
      throw PostgresError(.invalidParameter, "the timestamp is out of PostgreSQL's range")
    }
    writer.write(value)
    return true
  }

  /// Reads `timestamptz`, and `timestamp` as UTC.
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Timestamp {
    let value = Int64(
      bitPattern: try cell.fixedWidth(
        UInt64.self, as: Timestamp.self, cell.type == .timestamp ? .timestamp : .timestamptz))
    if value == .max { return .infinity }
    if value == .min { return .negativeInfinity }
    let (microseconds, overflow) = value.addingReportingOverflow(postgresEpoch)
    guard !overflow else { throw PostgresError(.decoding, "a timestamp is out of range") }
    return Timestamp(microseconds: microseconds)
  }
}
