/// Markup that is ready to be sent: HTML, SVG or XML.
///
/// Its literals are markup as they stand; what is interpolated into them is text and is escaped, unless it is `HTML`
/// itself. A `String` cannot become markup in any other way, so nothing from outside can be forgotten.
struct HTML: ExpressibleByStringInterpolation, Sendable, Equatable {
  private(set) var bytes: [UInt8]

  init() { bytes = [] }

  init(stringLiteral value: StaticString) {
    bytes = value.withUTF8Buffer { Array($0) }
  }

  init(stringInterpolation: Interpolation) { bytes = stringInterpolation.bytes }

  struct Interpolation: StringInterpolationProtocol {
    typealias StringLiteralType = StaticString

    fileprivate var bytes: [UInt8] = []

    init(literalCapacity: Int, interpolationCount: Int) {
      bytes.reserveCapacity(literalCapacity + 24 * interpolationCount)
    }

    mutating func appendLiteral(_ literal: StaticString) { literal.withUTF8Buffer { bytes.append(contentsOf: $0) } }

    /// Text from anywhere, for contents and for attribute values in quotes.
    mutating func appendInterpolation(_ text: String) { HTML.escape(text, into: &bytes) }

    mutating func appendInterpolation(_ markup: HTML) { bytes.append(contentsOf: markup.bytes) }

    mutating func appendInterpolation(_ number: some BinaryInteger) { bytes.append(contentsOf: String(number).utf8) }

    mutating func appendInterpolation(_ parts: [HTML]) { for part in parts { bytes.append(contentsOf: part.bytes) } }

    /// Nothing for nil.
    mutating func appendInterpolation(_ markup: HTML?) { if let markup { appendInterpolation(markup) } }

    /// An attribute with a blank before it; nothing for nil.
    mutating func appendInterpolation(_ name: StaticString, attribute value: String?) {
      guard let value else { return }
      bytes.append(UInt8(ascii: " "))
      appendLiteral(name)
      bytes.append(contentsOf: "=\"".utf8)
      appendInterpolation(value)
      bytes.append(UInt8(ascii: "\""))
    }
  }

  static func + (left: HTML, right: HTML) -> HTML {
    var sum = left
    sum.bytes += right.bytes
    return sum
  }

  static func += (left: inout HTML, right: HTML) { left.bytes += right.bytes }

  /// Bytes that are safe by their making: numbers of a path, JSON that is escaped for its place.
  init(trusted bytes: [UInt8]) { self.bytes = bytes }

  /// Byte by byte, whatever stands around a character: a quote with an accent behind it is a quote all the same to those
  /// who read HTML. Control characters, which XML forbids and no one sees, become a replacement character.
  private static func escape(_ text: String, into bytes: inout [UInt8]) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
      case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
      case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
      case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
      case UInt8(ascii: "'"): bytes.append(contentsOf: "&#39;".utf8)
      case 0x09, 0x0a, 0x0d: bytes.append(byte)
      case 0..<0x20, 0x7f: bytes.append(contentsOf: "\u{fffd}".utf8)
      // U+FFFE and U+FFFF, which XML forbids as well.
      case 0xbe,
        0xbf where bytes.suffix(2) == [0xef, 0xbf]:
        bytes.append(0xbd)
      default: bytes.append(byte)
      }
    }
  }
}

extension Sequence<HTML> {
  /// One behind the other.
  func joined(_ separator: HTML = HTML()) -> HTML {
    var whole = HTML()
    var isFirst = true
    for part in self {
      if !isFirst { whole += separator }
      whole += part
      isFirst = false
    }
    return whole
  }
}
