/// Addresses in pages: those of others, which are links only when they are of the web, and parts of ours.
enum WebAddress {
  /// The address if it may be a link; nil for `javascript:`, `data:` and whatever else is not http or https.
  static func link(_ address: String) -> String? {
    let scheme = address.prefix { $0 != ":" }.lowercased()
    guard scheme == "http" || scheme == "https", address.dropFirst(scheme.count).hasPrefix("://"),
      address.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f })
    else { return nil }
    return address
  }

  /// `https://host:port` of an address; nil for one without.
  static func origin(_ address: String) -> String? {
    guard link(address) != nil, let colon = address.firstIndex(of: ":") else { return nil }
    let host = address[address.index(colon, offsetBy: 3)...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard !host.isEmpty, !host.contains("@") else { return nil }
    return address[..<colon].lowercased() + "://" + host.lowercased()
  }

  /// Percent-encoded for a path or a query (RFC 3986 §2.3): everything but unreserved characters.
  static func encode(_ text: String, keepsSlashes: Bool = false) -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: "/") where keepsSlashes: encoded += "/"
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        encoded += digits.utf8.count == 1 ? "%0" + digits : "%" + digits
      }
    }
    return encoded
  }

  /// `?a=1&b=2` of what has a value; empty for none.
  static func query(_ items: [(name: String, value: String)]) -> String {
    let parts = items.filter { !$0.value.isEmpty }.map { "\($0.name)=\(encode($0.value))" }
    return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
  }
}
