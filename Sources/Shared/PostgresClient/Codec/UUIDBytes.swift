/// A UUID (RFC 9562) as its sixteen bytes.
package struct UUIDBytes: Hashable, Sendable, CustomStringConvertible {
  /// The first eight bytes, in network order.
  package var high: UInt64
  /// The last eight bytes, in network order.
  package var low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A random one (version 4).
  package static func random() -> UUIDBytes {
    UUIDBytes(
      high: UInt64.random(in: .min ... .max) & ~0xF000 | 0x4000,
      low: UInt64.random(in: .min ... .max) & ~(0b11 << 62) | 0b10 << 62)
  }

  /// Reads `8-4-4-4-12` hexadecimal digits in either case; nil for anything else.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 36 else { return nil }
    var value: (UInt64, UInt64) = (0, 0)
    var digits = 0
    for (index, byte) in bytes.enumerated() {
      if [8, 13, 18, 23].contains(index) {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
      if digits < 16 { value.0 = value.0 << 4 | UInt64(digit) } else { value.1 = value.1 << 4 | UInt64(digit) }
      digits += 1
    }
    self.init(high: value.0, low: value.1)
  }

  package var description: String {
    func hex(_ value: UInt64, _ width: Int) -> String {
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: width - digits.count) + digits
    }
    return [
      hex(high >> 32, 8), hex(high >> 16 & 0xFFFF, 4), hex(high & 0xFFFF, 4), hex(low >> 48, 4),
      hex(low & 0xFFFF_FFFF_FFFF, 12),
    ].joined(separator: "-")
  }
}

extension UUIDBytes: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .uuid }
  package func encode(into writer: inout ByteWriter) -> Bool {
    writer.write(high)
    writer.write(low)
    return true
  }
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> UUIDBytes {
    var reader = CellReader(try cell.value(as: UUIDBytes.self))
    guard cell.type == .uuid else { throw cell.mismatch(UUIDBytes.self) }
    let uuid = UUIDBytes(high: try reader.read(UInt64.self), low: try reader.read(UInt64.self))
    try reader.expectEnd()
    return uuid
  }
}
