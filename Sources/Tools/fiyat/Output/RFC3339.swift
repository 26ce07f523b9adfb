import MeshMessages

extension GoogleProtobuf.Timestamp {
  /// The moment in UTC to the second (RFC 3339): "2026-02-03T04:05:06Z".
  var rfc3339: String {
    let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let rest = seconds - day * 86_400
    // Days to a date by eras of 400 years that begin on 1 March.
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func pad(_ value: Int64, _ width: Int = 2) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(pad(year, 4))-\(pad(month))-\(pad(dayOfYear - (153 * marchMonth + 2) / 5 + 1))"
      + "T\(pad(rest / 3600)):\(pad(rest / 60 % 60)):\(pad(rest % 60))Z"
  }

  /// Reads `YYYY-MM-DD` and `YYYY-MM-DDTHH:MM:SS[.fraction](Z|±HH:MM)`; nil for anything else.
  init?(rfc3339 text: some StringProtocol) {
    let bytes = Array(text.utf8)
    func number(_ start: Int, _ count: Int) -> Int64? {
      guard start + count <= bytes.count else { return nil }
      var value: Int64 = 0
      for byte in bytes[start..<start + count] {
        guard byte >= 48, byte <= 57 else { return nil }
        value = value * 10 + Int64(byte - 48)
      }
      return value
    }
    func has(_ character: Character, at index: Int) -> Bool {
      index < bytes.count && bytes[index] == character.asciiValue
    }
    guard let year = number(0, 4), has("-", at: 4), let month = number(5, 2), has("-", at: 7), let day = number(8, 2),
      (1...12).contains(month), day >= 1, day <= Self.days(month, year)
    else { return nil }
    // Days since 1970 by the same eras.
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let midnight = (era * 146_097 + dayOfEra - 719_468) * 86_400
    guard bytes.count > 10 else {
      self.init(seconds: midnight)
      return
    }
    guard has("T", at: 10) || has(" ", at: 10), let hour = number(11, 2), has(":", at: 13), let minute = number(14, 2),
      has(":", at: 16), let second = number(17, 2), hour < 24, minute < 60, second <= 60
    else { return nil }
    var index = 19
    var nanos: Int32 = 0
    if has(".", at: index) {
      index += 1
      var digits = 0
      while let digit = number(index, 1) {
        if digits < 9 { nanos = nanos * 10 + Int32(digit) }
        digits += 1
        index += 1
      }
      guard digits > 0 else { return nil }
      for _ in 0..<max(0, 9 - digits) { nanos *= 10 }
    }
    var offset: Int64 = 0
    if has("Z", at: index), index + 1 == bytes.count {
      offset = 0
    } else if index + 6 == bytes.count, has("+", at: index) || has("-", at: index), has(":", at: index + 3),
      let hours = number(index + 1, 2), let minutes = number(index + 4, 2), hours < 24, minutes < 60
    {
      offset = (hours * 3600 + minutes * 60) * (has("-", at: index) ? -1 : 1)
    } else {
      return nil
    }
    self.init(seconds: midnight + hour * 3600 + minute * 60 + second - offset, nanos: nanos)
  }

  private static func days(_ month: Int64, _ year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
