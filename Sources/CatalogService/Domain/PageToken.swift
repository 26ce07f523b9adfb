/// Where a list goes on: the sort key of the last item that was given, and what list it was.
///
/// The text is opaque to callers. It holds no secret and is not trusted: whatever it says is used only as a bound in a
/// comparison.
struct PageToken: Hashable, Sendable {
  /// The sort key: price, discount, microseconds or rank bits; 0 where the id alone sorts.
  var key: Int64
  var id: Int64

  private static let version: UInt8 = 1

  /// - Parameter list: what the token belongs to: filter and order.
  func text(for list: some Hashable & CustomStringConvertible) -> String {
    var bytes: [UInt8] = [Self.version]
    Self.append(Self.checksum(of: list.description), to: &bytes)
    Self.append(UInt64(bitPattern: key), to: &bytes)
    Self.append(UInt64(bitPattern: id), to: &bytes)
    return bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// - Returns: nil for an empty text, the list's start.
  /// - Throws: `InvalidField` for a text that is no token, or one of another list.
  static func parse(_ text: String, for list: some Hashable & CustomStringConvertible) throws(InvalidField)
    -> PageToken?
  {
    guard !text.isEmpty else { return nil }
    let expected = InvalidField("page.token", "the token that came with this list's previous page")
    let digits = Array(text.utf8)
    guard digits.count == 50 else { throw expected }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 50, by: 2) {
      guard let high = hexValue(digits[index]), let low = hexValue(digits[index + 1]) else { throw expected }
      bytes.append(high << 4 | low)
    }
    guard bytes[0] == version, read(bytes[1..<9]) == checksum(of: list.description) else { throw expected }
    return PageToken(key: Int64(bitPattern: read(bytes[9..<17])), id: Int64(bitPattern: read(bytes[17..<25])))
  }

  private static func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }

  private static func read(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

  /// FNV-1a: the same in every process and version.
  private static func checksum(of text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
