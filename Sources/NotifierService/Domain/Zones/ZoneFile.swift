/// Reads compiled zone files (TZif, RFC 9636).
enum ZoneFile {
  /// The most transitions that a file may have; the largest zones have about 250.
  private static let maximumTransitions = 4096

  /// - Returns: nil when the bytes are not a valid file.
  static func parse(_ bytes: [UInt8]) -> ZoneRules? {
    var reader = Reader(bytes: bytes)
    guard let first = Header(&reader) else { return nil }
    guard first.version >= 2 else { return block(first, wide: false, &reader) }
    // Version 2 and later repeat the data with 64-bit times behind what old readers understand, and add the future.
    guard reader.skip(first.byteCount(timeSize: 4)), let second = Header(&reader),
      var rules = block(second, wide: true, &reader), let footer = reader.line()
    else { return nil }
    if !footer.isEmpty {
      guard let future = PosixZone(footer) else { return nil }
      rules.future = future
    }
    return rules
  }

  private struct Header {
    let version: UInt8
    let utcIndicators: Int
    let standardIndicators: Int
    let leapSeconds: Int
    let transitions: Int
    let types: Int
    let nameBytes: Int

    init?(_ reader: inout Reader) {
      guard reader.take(4).map({ Array($0) }) == Array("TZif".utf8), let version = reader.take(1)?.first,
        reader.skip(15), let utc = reader.count(), let standard = reader.count(), let leaps = reader.count(),
        let transitions = reader.count(), let types = reader.count(), let names = reader.count(),
        transitions <= ZoneFile.maximumTransitions, (1...256).contains(types)
      else { return nil }
      self.version = version == 0 ? 1 : version &- UInt8(ascii: "0")
      utcIndicators = utc
      standardIndicators = standard
      leapSeconds = leaps
      self.transitions = transitions
      self.types = types
      nameBytes = names
    }

    func byteCount(timeSize: Int) -> Int {
      transitions * (timeSize + 1) + types * 6 + nameBytes + leapSeconds * (timeSize + 4) + standardIndicators
        + utcIndicators
    }
  }

  private static func block(_ header: Header, wide: Bool, _ reader: inout Reader) -> ZoneRules? {
    var transitions: [Int64] = []
    for _ in 0..<header.transitions {
      guard let time = wide ? reader.integer(Int64.self) : reader.integer(Int32.self).map(Int64.init) else {
        return nil
      }
      if let last = transitions.last, time <= last { return nil }
      transitions.append(time)
    }
    guard let indices = reader.take(header.transitions).map({ Array($0) }) else { return nil }
    var typeOffsets: [Int32] = []
    for _ in 0..<header.types {
      // RFC 9636 asks writers to stay within about a day.
      guard let offset = reader.integer(Int32.self), abs(Int(offset)) <= 26 * 3600, reader.skip(2) else { return nil }
      typeOffsets.append(offset)
    }
    guard indices.allSatisfy({ Int($0) < typeOffsets.count }),
      reader.skip(
        header.nameBytes + header.leapSeconds * ((wide ? 8 : 4) + 4) + header.standardIndicators
          + header.utcIndicators)
    else { return nil }
    return ZoneRules(
      transitions: transitions, offsets: indices.map { typeOffsets[Int($0)] }, firstOffset: typeOffsets[0],
      future: nil)
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
      guard count >= 0, count <= bytes.count - position else { return nil }
      defer { position += count }
      return bytes[position..<position + count]
    }

    mutating func skip(_ count: Int) -> Bool { take(count) != nil }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
      take(MemoryLayout<Value>.size).map { $0.reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) } }
    }

    /// A count that fits in the file.
    mutating func count() -> Int? {
      integer(UInt32.self).flatMap { $0 <= bytes.count ? Int($0) : nil }
    }

    /// What stands between two line feeds.
    mutating func line() -> String? {
      guard take(1)?.first == UInt8(ascii: "\n"), let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n"))
      else { return nil }
      return String(decoding: bytes[position..<end], as: UTF8.self)
    }
  }
}
