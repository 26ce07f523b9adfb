/// A path with variables in braces: `/v1/products/{product}/history?days={days}`.
struct PathTemplate: Sendable, Equatable {
  enum Piece: Sendable, Equatable {
    case text(String)
    case variable(String)
  }

  let pieces: [Piece]

  var variables: [String] {
    pieces.compactMap { piece in
      if case .variable(let name) = piece { name } else { nil }
    }
  }

  /// - Throws: `FiyatError` that says what was expected.
  init(_ text: String) throws(FiyatError) {
    guard text.hasPrefix("/") else { throw FiyatError("expected a path that begins with /") }
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }) else {
      throw FiyatError("expected visible ASCII without #: put other characters into a variable, which is encoded")
    }
    var pieces: [Piece] = []
    var rest = text[...]
    while let open = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      guard rest[open] == "{", let close = rest[open...].firstIndex(of: "}") else {
        throw FiyatError("expected each { to have its }")
      }
      if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
      let name = rest[rest.index(after: open)..<close]
      guard Self.isName(name) else {
        throw FiyatError("expected a variable's name in braces: letters, digits, - and _")
      }
      pieces.append(.variable(String(name)))
      rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
    self.pieces = pieces
  }

  /// Whether a text may name a variable or a request.
  static func isName(_ text: some StringProtocol) -> Bool {
    (1...50).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  /// A value as it stands in a path or a query: everything but unreserved characters percent-encoded (RFC 3986 §2.3).
  static func encoded(_ value: String) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return bytes
  }
}
