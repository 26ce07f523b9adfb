/// Reads what `PackedWriter` wrote. Bytes from elsewhere end in an error, never in a trap.
struct PackedReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  var isAtEnd: Bool { position == bytes.count }
  /// No count of parts can be larger than this.
  var remaining: Int { bytes.count - position }

  mutating func byte() throws(PackingError) -> UInt8 {
    guard position < bytes.count else { throw PackingError("ends too early") }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func unsigned() throws(PackingError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte()
      guard shift < 63 || next <= 1 else { throw PackingError("a number is too large") }
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 { return value }
      shift += 7
    }
  }

  mutating func int64() throws(PackingError) -> Int64 {
    let folded = try unsigned()
    return Int64(bitPattern: folded >> 1) ^ -Int64(folded & 1)
  }

  mutating func int() throws(PackingError) -> Int { Int(try int64()) }
  mutating func bool() throws(PackingError) -> Bool { try byte() != 0 }
  mutating func moment() throws(PackingError) -> Moment { Moment(milliseconds: try int64()) }

  mutating func int128() throws(PackingError) -> Int128 {
    let high = try int64()
    return (Int128(high) << 64) | Int128(try unsigned())
  }

  mutating func text() throws(PackingError) -> String {
    let count = try unsigned()
    guard count <= UInt64(remaining) else { throw PackingError("a text is too long") }
    defer { position += Int(count) }
    return String(decoding: bytes[position..<position + Int(count)], as: UTF8.self)
  }

  mutating func extreme() throws(PackingError) -> Extreme {
    let price = try int64()
    return Extreme(price: price, at: try moment())
  }

  mutating func optional<Value>(
    _ body: (inout PackedReader) throws(PackingError) -> Value
  ) throws(PackingError) -> Value? {
    try bool() ? try body(&self) : nil
  }

  mutating func optionalInt64() throws(PackingError) -> Int64? {
    try optional { (reader) throws(PackingError) in try reader.int64() }
  }
  mutating func optionalMoment() throws(PackingError) -> Moment? {
    try optional { (reader) throws(PackingError) in try reader.moment() }
  }
  mutating func optionalExtreme() throws(PackingError) -> Extreme? {
    try optional { (reader) throws(PackingError) in try reader.extreme() }
  }

  /// A number that names a case of an enumeration.
  mutating func raw<Value: RawRepresentable>(
    _ type: Value.Type = Value.self
  ) throws(PackingError) -> Value where Value.RawValue == Int16 {
    guard let value = Value(rawValue: Int16(truncatingIfNeeded: try int64())) else {
      throw PackingError("a number names no case of \(Value.self)")
    }
    return value
  }
}

/// A stored state that cannot be read: written by a later version, or damaged.
package struct PackingError: Error, Sendable, CustomStringConvertible {
  package var message: String
  package var description: String { "a packed state \(message): fold the listing's observations anew" }

  init(_ message: String) {
    self.message = message
  }
}
