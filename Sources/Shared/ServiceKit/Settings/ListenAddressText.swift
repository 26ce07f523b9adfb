internal import HTTPTransport

/// Addresses to listen on, as settings write them: `HOST:PORT`, `[::1]:PORT`, `:PORT` for all interfaces,
/// `unix:/path`.
enum ListenAddressText {
  /// Nil when it is none of these.
  static func parse(_ text: String) -> HTTPServerConfiguration.Address? {
    if text.hasPrefix("unix:") {
      let path = text.dropFirst(5)
      // sockaddr_un holds 108 bytes with the final NUL.
      return path.hasPrefix("/") && path.utf8.count < 108 ? .unixSocket(String(path)) : nil
    }
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits.utf8.count <= 5,
      let port = Int(digits), port <= 65_535
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      return host.contains(":") ? .hostPort(String(host), port) : nil
    }
    guard !host.contains(":"), host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
    return .hostPort(host.isEmpty ? "0.0.0.0" : String(host), port)
  }
}
