/// `google.protobuf.Timestamp` and `Duration` as JSON strings (their definitions' "JSON Mapping").
enum TimestampText {
  /// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
  static let secondsRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
  /// About ten thousand years, either way.
  static let durationRange: ClosedRange<Int64> = -315_576_000_000...315_576_000_000

  /// The most bytes that a timestamp's text has.
  static let maximumLength = 30

  /// RFC 3339 in UTC with 0, 3, 6 or 9 digits behind the point, or nil if the value is out of range.
  static func timestamp(seconds: Int64, nanos: Int32) -> String? {
    guard secondsRange.contains(seconds), (0..<1_000_000_000).contains(nanos) else { return nil }
    return String(unsafeUninitializedCapacity: maximumLength) { buffer in
      buffer.baseAddress.flatMap { write(seconds: seconds, nanos: nanos, to: $0) } ?? 0
    }
  }

  /// The same, written in place: answers hold hundreds of these.
  ///
  /// - Parameter text: room for `maximumLength` bytes.
  /// - Returns: how many were written.
  static func write(seconds: Int64, nanos: Int32, to text: UnsafeMutablePointer<UInt8>) -> Int? {
    guard secondsRange.contains(seconds), (0..<1_000_000_000).contains(nanos) else { return nil }
    let shifted = seconds - secondsRange.lowerBound
    let (days, time) = (shifted / 86_400, Int(shifted % 86_400))
    let (year, month, day) = civil(daysSinceYearOne: Int(days))
    var end = 0
    func digits(_ value: Int, _ width: Int, then mark: Unicode.Scalar) {
      var rest = value
      var place = end + width
      while place > end {
        place -= 1
        text[place] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
        rest /= 10
      }
      text[end + width] = UInt8(ascii: mark)
      end += width + 1
    }
    digits(year, 4, then: "-")
    digits(month, 2, then: "-")
    digits(day, 2, then: "T")
    digits(time / 3600, 2, then: ":")
    digits(time / 60 % 60, 2, then: ":")
    digits(time % 60, 2, then: nanos == 0 ? "Z" : ".")
    if nanos % 1_000_000 == 0 {
      if nanos > 0 { digits(Int(nanos) / 1_000_000, 3, then: "Z") }
    } else if nanos % 1_000 == 0 {
      digits(Int(nanos) / 1_000, 6, then: "Z")
    } else {
      digits(Int(nanos), 9, then: "Z")
    }
    return end
  }

  /// Reads RFC 3339 with any offset; nil if it is not that, or out of range.
  static func timestamp(_ text: UnsafeRawBufferPointer) -> (seconds: Int64, nanos: Int32)? {
    var cursor = Cursor(text)
    guard let year = cursor.digits(4), cursor.take("-"), let month = cursor.digits(2), cursor.take("-"),
      let day = cursor.digits(2), cursor.take("T"), let hour = cursor.digits(2), cursor.take(":"),
      let minute = cursor.digits(2), cursor.take(":"), let second = cursor.digits(2), let nanos = cursor.fraction(),
      (1...12).contains(month), year >= 1, day >= 1, day <= length(ofMonth: month, year: year), hour < 24,
      minute < 60, second < 60
    else { return nil }
    var offset = 0
    if !cursor.take("Z") {
      let isEast = cursor.take("+")
      guard isEast || cursor.take("-"), let hours = cursor.digits(2), cursor.take(":"), let minutes = cursor.digits(2),
        hours < 24, minutes < 60
      else { return nil }
      offset = (hours * 60 + minutes) * (isEast ? 60 : -60)
    }
    guard cursor.isAtEnd else { return nil }
    let days = daysSinceYearOne(year: year, month: month, day: day)
    let time = hour * 3600 + minute * 60 + second - offset
    let seconds = Int64(days * 86_400 + time) + secondsRange.lowerBound
    return secondsRange.contains(seconds) ? (seconds, nanos) : nil
  }

  /// Seconds with 0, 3, 6 or 9 digits behind the point and an `s`, or nil if the value is out of range or the signs of
  /// its parts differ.
  static func duration(seconds: Int64, nanos: Int32) -> String? {
    guard durationRange.contains(seconds), (-999_999_999...999_999_999).contains(nanos),
      seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0)
    else { return nil }
    let sign = seconds < 0 || nanos < 0 ? "-" : ""
    return sign + String(seconds.magnitude) + fraction(Int32(nanos.magnitude)) + "s"
  }

  /// Reads `-1.5s`; nil if it is not that, or out of range.
  static func duration(_ text: UnsafeRawBufferPointer) -> (seconds: Int64, nanos: Int32)? {
    var cursor = Cursor(text)
    let isNegative = cursor.take("-")
    guard let magnitude = cursor.digits(1...12), let nanos = cursor.fraction(), cursor.take("s"), cursor.isAtEnd,
      durationRange.contains(Int64(magnitude)), Int64(magnitude) < durationRange.upperBound || nanos == 0
    else { return nil }
    return isNegative ? (-Int64(magnitude), -nanos) : (Int64(magnitude), nanos)
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func fraction(_ nanos: Int32) -> String {
    if nanos == 0 { return "" }
    if nanos % 1_000_000 == 0 { return "." + padded(Int(nanos) / 1_000_000, 3) }
    if nanos % 1_000 == 0 { return "." + padded(Int(nanos) / 1_000, 6) }
    return "." + padded(Int(nanos), 9)
  }

  // MARK: The proleptic Gregorian calendar, days counted from 0001-01-01

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func length(ofMonth month: Int, year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func daysSinceYearOne(year: Int, month: Int, day: Int) -> Int {
    let past = year - 1
    var days = past * 365 + past / 4 - past / 100 + past / 400 + day - 1
    for earlier in 1..<max(month, 1) { days += length(ofMonth: earlier, year: year) }
    return days
  }

  /// By years that begin in March, so that the leap day is their last (Hinnant, "chrono-Compatible Low-Level Date
  /// Algorithms"): 400 of them are 146,097 days.
  private static func civil(daysSinceYearOne days: Int) -> (year: Int, month: Int, day: Int) {
    // 0001-01-01 is 306 days behind 0000-03-01.
    let days = days + 306
    let (era, dayOfEra) = (days / 146_097, days % 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    return (era * 400 + yearOfEra + (month < 10 ? 0 : 1), month < 10 ? month + 3 : month - 9, day)
  }

  /// Steps through a text of ASCII.
  private struct Cursor {
    private var rest: Slice<UnsafeRawBufferPointer>

    init(_ text: UnsafeRawBufferPointer) { rest = text[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: scalar) else { return false }
      rest.removeFirst()
      return true
    }

    mutating func digits(_ count: Int) -> Int? { digits(count...count) }

    mutating func digits(_ count: ClosedRange<Int>) -> Int? {
      let run = rest.prefix { (0x30...0x39).contains($0) }
      guard run.count >= count.lowerBound else { return nil }
      let taken = count.lowerBound == count.upperBound ? run.prefix(count.upperBound) : run
      guard taken.count <= count.upperBound else { return nil }
      rest.removeFirst(taken.count)
      return taken.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// Nothing, or a point with one to nine digits, in billionths.
    mutating func fraction() -> Int32? {
      guard take(".") else { return 0 }
      let run = rest.prefix { (0x30...0x39).contains($0) }
      guard (1...9).contains(run.count) else { return nil }
      rest.removeFirst(run.count)
      let value = run.reduce(Int32(0)) { $0 * 10 + Int32($1 - 0x30) }
      return (run.count..<9).reduce(value) { scaled, _ in scaled * 10 }
    }
  }
}
