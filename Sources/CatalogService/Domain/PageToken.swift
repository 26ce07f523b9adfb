/// Where a list goes on: the sort key of the last item that was given, and what list it was.
///
/// The text is opaque to callers. It holds no secret and is not trusted: whatever it says is used only as a bound in a
/// comparison.
struct PageToken: Hashable, Sendable {
  /// The sort key: price, discount, microseconds or rank bits; 0 where the id alone sorts.
  var key: Int64
  var id: Int64

  private static let version: UInt8 = 1

  private static let length = 50

  /// - Parameter list: what the token belongs to: filter and order.
  func text(for list: ListFingerprint) -> String {
    String(unsafeUninitializedCapacity: Self.length) { text in
      var end = 0
      func append(_ byte: UInt8) {
        text.initializeElement(at: end, to: Self.digit(byte >> 4))
        text.initializeElement(at: end + 1, to: Self.digit(byte & 15))
        end += 2
      }
      append(Self.version)
      for number in [list.value, UInt64(bitPattern: key), UInt64(bitPattern: id)] {
        for shift in stride(from: 56, through: 0, by: -8) { append(UInt8(truncatingIfNeeded: number >> UInt64(shift))) }
      }
      return end
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
  }

  /// - Returns: nil for an empty text, the list's start.
  /// - Throws: `InvalidField` for a text that is no token, or one of another list.
  static func parse(_ text: String, for list: @autoclosure () -> ListFingerprint) throws(InvalidField) -> PageToken? {
    guard !text.isEmpty else { return nil }
    let expected = InvalidField("page.token", "the token that came with this list's previous page")
    let digits = Array(text.utf8)
    guard digits.count == length else { throw expected }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: length, by: 2) {
      guard let high = hexValue(digits[index]), let low = hexValue(digits[index + 1]) else { throw expected }
      bytes.append(high << 4 | low)
    }
    guard bytes[0] == version, read(bytes[1..<9]) == list().value else { throw expected }
    return PageToken(key: Int64(bitPattern: read(bytes[9..<17])), id: Int64(bitPattern: read(bytes[17..<25])))
  }

  private static func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  private static func read(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
