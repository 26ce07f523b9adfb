/// ISO 8601 times as feeds write them: `2026-11-24T08:00+0300`, `2026-11-24T08:00:00+03:00`, `2026-11-24T05:00Z`.
enum ISODate {
  /// Seconds since 1970; nil for anything else. A time without a zone is taken as UTC, a date alone as its start.
  static func seconds(_ text: some StringProtocol) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 10, bytes.count <= 40, let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
      let day = number(bytes[8..<10]), bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    var seconds = HTTPDate.daysSince1970(year: year, month: month, day: day) * 86_400
    var rest = bytes[10...]
    guard let separator = rest.first else { return seconds }
    guard separator == UInt8(ascii: "T") || separator == UInt8(ascii: " ") else { return nil }
    rest = rest.dropFirst()
    var unit: Int64 = 3_600
    while unit > 0 {
      guard rest.count >= 2, let value = number(rest.prefix(2)), value < (unit == 3_600 ? 24 : 60) else { return nil }
      seconds += value * unit
      rest = rest.dropFirst(2)
      unit = unit == 3_600 ? 60 : unit == 60 ? 1 : 0
      guard rest.first == UInt8(ascii: ":"), unit > 0 else { break }
      rest = rest.dropFirst()
    }
    if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst().drop { (0x30...0x39).contains($0) } }
    guard let sign = rest.first else { return seconds }
    if sign == UInt8(ascii: "Z") { return rest.count == 1 ? seconds : nil }
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
    let zone = rest.dropFirst().filter { $0 != UInt8(ascii: ":") }[...]
    guard zone.count == 4, let hours = number(zone.prefix(2)), let minutes = number(zone.suffix(2)), hours < 15,
      minutes < 60
    else { return nil }
    let offset = hours * 3_600 + minutes * 60
    return seconds - (sign == UInt8(ascii: "+") ? offset : -offset)
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    var value: Int64 = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      value = value * 10 + Int64(digit - 0x30)
    }
    return digits.isEmpty ? nil : value
  }
}
