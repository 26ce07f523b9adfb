/// HTML put together piece by piece; what comes from outside goes through `text`, which escapes it.
struct HTMLText {
  private(set) var bytes: [UInt8] = []

  /// Markup of ours.
  mutating func markup(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// Text from anywhere, for contents and for attribute values in double quotes.
  mutating func text(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
      case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
      case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
      case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
      case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
      default: bytes.append(byte)
      }
    }
  }

  /// A link to a shop's page, for addresses of the web only: `javascript:` and the like become plain text.
  mutating func link(to address: String, _ title: String) {
    let scheme = address.prefix { $0 != ":" }.lowercased()
    guard scheme == "http" || scheme == "https" else { return text(title) }
    markup("<a rel=\"noopener noreferrer nofollow\" href=\"")
    text(address)
    markup("\">")
    text(title)
    markup("</a>")
  }
}
