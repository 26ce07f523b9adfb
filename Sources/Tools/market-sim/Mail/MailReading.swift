/// Reads mails as far as people want to see them: one-line fields, and the first plain text.
enum MailReading {
  /// A field's value, unfolded, its encoded words decoded (RFC 2047).
  static func field(_ name: String, of raw: String) -> String {
    let head = raw.firstRange(of: "\r\n\r\n").map { raw[..<$0.lowerBound] } ?? raw[...]
    let unfolded = head.replacing("\r\n ", with: " ").replacing("\r\n\t", with: " ")
    for line in unfolded.split(separator: "\r\n") {
      guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { continue }
      return words(String(line[line.index(after: colon)...].drop { $0 == " " }))
    }
    return ""
  }

  private static func words(_ text: String) -> String {
    var decoded = ""
    var wasEncoded = false
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      let parts = word.split(separator: "?", omittingEmptySubsequences: false)
      let isEncoded = parts.count == 5 && parts[0] == "=" && parts[4] == "=" && parts[2].uppercased() == "B"
      // Blanks between encoded words are none of the text's.
      if !decoded.isEmpty, !(isEncoded && wasEncoded) { decoded += " " }
      decoded += isEncoded ? String(decoding: base64(String(parts[3])), as: UTF8.self) : String(word)
      wasEncoded = isEncoded
    }
    return decoded
  }

  /// The first part of type text/plain, or all that stands behind the fields.
  static func text(of raw: String) -> String {
    guard let part = raw.firstRange(of: "Content-Type: text/plain"),
      let start = raw[part.upperBound...].firstRange(of: "\r\n\r\n")
    else { return raw.firstRange(of: "\r\n\r\n").map { String(raw[$0.upperBound...]) } ?? "" }
    let rest = raw[start.upperBound...]
    let end = rest.firstRange(of: "\r\n--")?.lowerBound ?? rest.endIndex
    return quotedPrintable(String(rest[..<end])).replacing("\r\n", with: "\n")
  }

  static func quotedPrintable(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.replacing("=\r\n", with: "").utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "="), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What is no base64 in it is passed over.
  static func base64(_ text: String) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var bytes: [UInt8] = []
    var (bits, count): (UInt32, Int) = (0, 0)
    for byte in text.utf8 {
      guard let value = alphabet.firstIndex(of: byte) else { continue }
      bits = (bits << 6 | UInt32(value)) & 0xff_ffff
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return bytes
  }
}
