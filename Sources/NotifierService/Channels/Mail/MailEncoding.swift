internal import Sodium

/// A field's text in a form that has nothing but printable ASCII and cannot end its line by itself.
enum MailHeaderText {
  /// Characters of a text that is kept; a subject is one line.
  private static let limit = 200

  /// Text that is ASCII and short stays as it is; other text becomes encoded words in lines of at most 76 characters
  /// (RFC 2047 §2).
  ///
  /// - Parameter used: characters of the line before the text.
  static func encode(_ text: String, after used: Int) -> String {
    let text = text.tamed(limit: limit)
    let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7F }
    if isPlain, !text.contains("=?"), used + text.utf8.count <= 76 { return text }
    var words: [String] = []
    var piece: [UInt8] = []
    var room = pieceBytes(in: 76 - used)
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if piece.count + bytes.count > room {
        words.append(word(piece))
        piece = []
        room = pieceBytes(in: 75)
      }
      piece += bytes
    }
    words.append(word(piece))
    return words.joined(separator: "\r\n ")
  }

  private static func word(_ bytes: [UInt8]) -> String { "=?UTF-8?B?" + Base64.text(bytes) + "?=" }

  /// Bytes that an encoded word of so many characters holds.
  private static func pieceBytes(in characters: Int) -> Int { max(1, (min(characters, 75) - 12) / 4) * 3 }
}

/// Quoted-printable (RFC 2045 §6.7): lines of at most 76 characters of ASCII that end in CRLF, whatever the text holds.
enum QuotedPrintable {
  static func encode(_ text: String) -> String {
    var encoded = ""
    var column = 0
    let bytes = Array(text.utf8)
    func append(_ piece: String) {
      // The last character of a line is left to the sign that it goes on.
      if column + piece.utf8.count > 75 {
        encoded += "=\r\n"
        column = 0
      }
      encoded += piece
      column += piece.utf8.count
    }
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      let next = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: "\n")
      index += 1
      switch byte {
      case UInt8(ascii: "\r") where next == UInt8(ascii: "\n") && index < bytes.count: continue
      case UInt8(ascii: "\n"):
        encoded += "\r\n"
        column = 0
      case UInt8(ascii: " "), UInt8(ascii: "\t"):
        // Blanks at a line's end are lost on the way.
        let isLast = next == UInt8(ascii: "\n") || next == UInt8(ascii: "\r")
        append(isLast ? escaped(byte) : String(Unicode.Scalar(byte)))
      case 0x21...0x7E where byte != UInt8(ascii: "="): append(String(Unicode.Scalar(byte)))
      default: append(escaped(byte))
      }
    }
    return encoded
  }

  private static func escaped(_ byte: UInt8) -> String { "=" + Hexadecimal.text([byte]).uppercased() }
}
