extension PosixZone {
  /// Reads a `TZ` string; nil when it is malformed or has a change of clocks without saying when.
  init?(_ text: String) {
    var parser = PosixZoneParser(text)
    guard parser.name(), let west = parser.time(maximumHours: 24) else { return nil }
    standard = -Int32(west)
    if parser.isAtEnd { return }
    guard parser.name() else { return nil }
    var offset = standard + 3600
    if parser.peek != UInt8(ascii: ",") {
      guard let west = parser.time(maximumHours: 24) else { return nil }
      offset = -Int32(west)
    }
    guard parser.take(","), let start = parser.day(), parser.take(","), let end = parser.day(), parser.isAtEnd else {
      return nil
    }
    summer = Summer(offset: offset, start: start, end: end)
  }
}

private struct PosixZoneParser {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  var isAtEnd: Bool { position == bytes.count }
  var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Three or more letters, or anything between `<` and `>`.
  mutating func name() -> Bool {
    if take("<") {
      while let byte = peek, byte != UInt8(ascii: ">") { position += 1 }
      return take(">")
    }
    let start = position
    while let byte = peek, (0x41...0x5A).contains(byte & 0xDF) { position += 1 }
    return position - start >= 3
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  mutating func time(maximumHours: Int) -> Int? {
    let isNegative = take("-")
    if !isNegative { _ = take("+") }
    guard let hours = number(upTo: maximumHours) else { return nil }
    var seconds = hours * 3600
    for scale in [60, 1] where take(":") {
      guard let part = number(upTo: 59) else { return nil }
      seconds += part * scale
    }
    return isNegative ? -seconds : seconds
  }

  mutating func day() -> PosixZone.Day? {
    let rule: PosixZone.Day.Rule
    if take("M") {
      guard let month = number(upTo: 12), month > 0, take("."), let week = number(upTo: 5), week > 0, take("."),
        let day = number(upTo: 6)
      else { return nil }
      rule = .week(month: month, week: week, day: day)
    } else if take("J") {
      guard let day = number(upTo: 365), day > 0 else { return nil }
      rule = .julian(day)
    } else {
      guard let day = number(upTo: 365) else { return nil }
      rule = .ordinal(day)
    }
    guard take("/") else { return PosixZone.Day(rule: rule, time: 7200) }
    guard let time = time(maximumHours: 167) else { return nil }
    return PosixZone.Day(rule: rule, time: time)
  }

  private mutating func number(upTo maximum: Int) -> Int? {
    var value = 0
    let start = position
    while let byte = peek, (0x30...0x39).contains(byte), position - start < 3 {
      value = value * 10 + Int(byte - 0x30)
      position += 1
    }
    return position > start && value <= maximum ? value : nil
  }
}
