/// Host and port of a URL (RFC 3986 §3.2).
struct Authority {
  var host: OutboundURL.Host
  var port: Int?

  init(_ text: Substring) throws(OutboundError) {
    guard !text.utf8.contains(UInt8(ascii: "@")) else {
      throw OutboundURL.invalid("a user name or password must not stand in it")
    }
    if text.first == "[" {
      guard let close = text.firstIndex(of: "]"),
        let address = IPAddress(v6: text[text.index(after: text.startIndex)..<close])
      else { throw OutboundURL.invalid("the brackets do not hold an IPv6 address") }
      host = .address(address)
      let rest = text[text.index(after: close)...]
      guard rest.isEmpty || rest.first == ":" else { throw OutboundURL.invalid("text follows the IPv6 address") }
      port = rest.isEmpty ? nil : try Self.port(rest.dropFirst())
      return
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard let name = parts.first, parts.count <= 2 else {
      throw OutboundURL.invalid("an IPv6 address must stand in brackets")
    }
    host = try Self.host(name)
    port = parts.count == 2 ? try Self.port(parts[1]) : nil
  }

  private static func port(_ text: Substring) throws(OutboundError) -> Int {
    guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = Int(text), (1...65_535).contains(port)
    else { throw OutboundURL.invalid("the port must be a number from 1 to 65535") }
    return port
  }

  private static func host(_ text: Substring) throws(OutboundError) -> OutboundURL.Host {
    guard !text.isEmpty else { throw OutboundURL.invalid("it has no host") }
    guard text.utf8.count <= 253 else { throw OutboundURL.invalid("the host has more than 253 bytes") }
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    for label in labels {
      guard (1...63).contains(label.count) else {
        throw OutboundURL.invalid("each part of the host must have 1 to 63 characters, and no dot may end it")
      }
      guard label.allSatisfy(isNameByte), label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-") else {
        throw OutboundURL.invalid(
          label.contains { $0 >= 0x80 }
            ? "write the host's international name in its ASCII form (xn--…)"
            : "the host may hold letters, digits and inner hyphens only")
      }
    }
    // A last part that is a number makes an address of it for many programs, in spellings that differ among them
    // (WHATWG URL §3.5, "ends in a number"): only the plain one is taken.
    if let last = labels.last, isNumber(last) {
      guard let address = IPAddress(v4: text) else {
        throw OutboundURL.invalid("an IPv4 address must have four decimal numbers without leading zeros")
      }
      return .address(address)
    }
    return .name(text.lowercased())
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func isNumber(_ label: Substring.UTF8View) -> Bool {
    if label.allSatisfy({ (0x30...0x39).contains($0) }) { return true }
    return label.starts(with: "0x".utf8) || label.starts(with: "0X".utf8)
  }
}
