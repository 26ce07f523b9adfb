internal import CLibxml2

/// Which characters a page's bytes stand for.
enum HTMLEncoding {
  /// Bytes ready for the parser and the name of their encoding for it.
  struct Text {
    var bytes: [UInt8]
    var encoding: String
  }

  /// Decides by the byte order mark, the Content-Type field, a `<meta>` near the start, else by the bytes themselves:
  /// UTF-8 if they are that, or the legacy encoding of the shop's language.
  ///
  /// UTF-8 comes back repaired, and no NUL is left, for libxml2 takes both as the end of a text.
  static func normalized(_ bytes: [UInt8], charset: String?, locale: String) -> Text {
    var bytes = bytes
    var name: String
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) {
      bytes.removeFirst(3)
      name = "UTF-8"
    } else if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
      return Text(bytes: repaired(utf16(bytes)), encoding: "UTF-8")
    } else {
      name = supported(charset) ?? supported(metaCharset(bytes)) ?? guess(bytes, locale: locale)
      // A page with a `<meta>` in ASCII is not in UTF-16, whatever it says (WHATWG HTML, 13.2.3.3).
      if name.hasPrefix("UTF-16") { name = "UTF-8" }
    }
    if name == "UTF-8" { return Text(bytes: repaired(bytes), encoding: name) }
    for index in bytes.indices where bytes[index] == 0 { bytes[index] = 0x20 }
    return Text(bytes: bytes, encoding: name)
  }

  private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    String(decoding: bytes, as: UTF8.self).utf8.map { $0 == 0 ? 0x20 : $0 }
  }

  private static func utf16(_ bytes: [UInt8]) -> [UInt8] {
    let isBig = bytes[0] == 0xfe
    var units: [UInt16] = []
    units.reserveCapacity(bytes.count / 2)
    var index = 2
    while index + 1 < bytes.count {
      let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
      units.append(isBig ? first << 8 | second : second << 8 | first)
      index += 2
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }

  /// Names that the web uses for something else than they say (WHATWG Encoding).
  private static let aliases: [String: String] = [
    "UTF8": "UTF-8", "LATIN1": "WINDOWS-1252", "ISO-8859-1": "WINDOWS-1252", "ISO8859-1": "WINDOWS-1252",
    "US-ASCII": "WINDOWS-1252", "ASCII": "WINDOWS-1252", "CP1252": "WINDOWS-1252", "ISO-8859-9": "WINDOWS-1254",
    "ISO8859-9": "WINDOWS-1254", "LATIN5": "WINDOWS-1254", "CP1254": "WINDOWS-1254", "X-CP1254": "WINDOWS-1254",
  ]

  /// The name that libxml2 knows; nil for none or one that it doesn't.
  private static func supported(_ name: String?) -> String? {
    guard let name, !name.isEmpty, name.utf8.count <= 40,
      name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") })
    else { return nil }
    let upper = name.uppercased()
    let wanted = aliases[upper] ?? upper
    if wanted == "UTF-8" || wanted.hasPrefix("UTF-16") { return wanted }
    // What is no superset of ASCII could smuggle markup past others who read the page.
    guard !wanted.hasPrefix("UTF-7"), !wanted.hasPrefix("UTF-32"), !wanted.hasPrefix("UCS"),
      !wanted.hasPrefix("EBCDIC"),
      !wanted.hasPrefix("IBM"), !wanted.hasPrefix("HTML")
    else { return nil }
    guard let handler = xmlFindCharEncodingHandler(wanted) else { return nil }
    xmlCharEncCloseFunc(handler)
    return wanted
  }

  private static func guess(_ bytes: [UInt8], locale: String) -> String {
    if String(validating: bytes, as: UTF8.self) != nil { return "UTF-8" }
    return locale.lowercased().hasPrefix("tr") ? "WINDOWS-1254" : "WINDOWS-1252"
  }

  /// `charset=…` in one of the first 4 KiB's `<meta>` tags.
  private static func metaCharset(_ bytes: [UInt8]) -> String? {
    let head = bytes.prefix(4_096).map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    let text = String(decoding: head, as: Unicode.ASCII.self)
    var rest = text[...]
    while let start = rest.firstRange(of: "<meta") {
      rest = rest[start.upperBound...]
      let tag = rest.prefix { $0 != ">" }
      guard let mark = tag.firstRange(of: "charset") else { continue }
      var value = tag[mark.upperBound...].drop(while: \.isWhitespace)
      guard value.first == "=" else { continue }
      value = value.dropFirst().drop { $0.isWhitespace || $0 == "\"" || $0 == "'" }
      return String(value.prefix { !$0.isWhitespace && $0 != "\"" && $0 != "'" && $0 != ";" && $0 != "/" })
    }
    return nil
  }
}
