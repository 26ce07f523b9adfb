package import NIOCore

/// Where a client connects to, as configuration writes it (gRPC's `naming.md`):
///
/// | form | meaning |
/// |---|---|
/// | `host:port`, `[::1]:port` | a name for DNS, or one address |
/// | `dns:host:port`, `dns:///host:port` | a name for DNS |
/// | `ipv4:10.0.0.1:80,10.0.0.2:80` | addresses |
/// | `ipv6:[::1]:80,[::2]:80` | addresses |
/// | `unix:path`, `unix:///absolute/path` | a Unix domain socket |
/// | `static:a:80,10.0.0.2:80,[::1]:80` | a fixed list of names and addresses |
package struct Target: Sendable, Hashable {
  package enum Endpoint: Sendable, Hashable {
    /// An address to connect to as it is.
    case address(SocketAddress)
    /// A name to look up, and the port for all its addresses.
    case host(String, port: Int)
  }

  /// The most entries of a list.
  package static let maximumEndpoints = 256

  /// At least one, in the order written.
  package let endpoints: [Endpoint]

  /// The value of `:authority` for calls: the first host or address with its port, or `localhost` for Unix sockets.
  package let authority: String

  /// Whether DNS has to be asked.
  package var needsLookup: Bool {
    endpoints.contains { if case .host = $0 { true } else { false } }
  }

  /// Reads a target.
  ///
  /// - Parameter defaultPort: the port where none is written; 443 in gRPC.
  /// - Throws: what is wrong and what is expected.
  package init(_ text: String, defaultPort: Int = 443) throws(TargetError) {
    guard !text.isEmpty else { throw TargetError("is empty; expected host:port", in: text) }
    if let path = Self.rest(of: text, after: "unix:") {
      endpoints = [try Self.unixSocket(path, in: text)]
      authority = "localhost"
      return
    }
    let kind: ListKind
    let list: String
    if let rest = Self.rest(of: text, after: "ipv4:") {
      (kind, list) = (.ipv4, rest)
    } else if let rest = Self.rest(of: text, after: "ipv6:") {
      (kind, list) = (.ipv6, rest)
    } else if let rest = Self.rest(of: text, after: "static:") {
      (kind, list) = (.any, rest)
    } else if let rest = Self.rest(of: text, after: "dns:") {
      (kind, list) = (.single, try Self.dnsName(rest, in: text))
    } else {
      (kind, list) = (.single, text)
    }
    let entries = kind == .single ? [list[...]] : list.split(separator: ",", omittingEmptySubsequences: false)
    guard entries.count <= Self.maximumEndpoints else {
      throw TargetError("has more than \(Self.maximumEndpoints) entries", in: text)
    }
    var endpoints: [Endpoint] = []
    var authority = ""
    for entry in entries {
      let (host, port) = try Self.split(String(entry), kind, defaultPort, in: text)
      endpoints.append(try Self.endpoint(host, port, kind, in: text))
      if authority.isEmpty { authority = (host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host) + ":\(port)" }
    }
    self.endpoints = endpoints
    self.authority = authority
  }

  private enum ListKind { case single, ipv4, ipv6, any }

  private static func rest(of text: String, after scheme: String) -> String? {
    let count = scheme.utf8.count
    guard text.utf8.count >= count, text.prefix(count).lowercased() == scheme else { return nil }
    return String(text.dropFirst(count))
  }

  private static func unixSocket(_ path: String, in text: String) throws(TargetError) -> Endpoint {
    var path = path
    if path.hasPrefix("//") {
      path.removeFirst(2)
      guard path.hasPrefix("/") else { throw TargetError("needs an absolute path behind unix://", in: text) }
    }
    guard !path.isEmpty, !path.utf8.contains(0) else { throw TargetError("needs a path behind unix:", in: text) }
    do {
      return .address(try SocketAddress(unixDomainSocketPath: path))
    } catch {
      throw TargetError("has a path too long for a Unix domain socket", in: text)
    }
  }

  /// The name in `dns:name` or `dns://server/name`, where only an empty server is supported.
  private static func dnsName(_ rest: String, in text: String) throws(TargetError) -> String {
    guard rest.hasPrefix("//") else { return rest }
    guard rest.hasPrefix("///") else {
      throw TargetError("names a DNS server, which is not supported; expected dns:///host:port", in: text)
    }
    return String(rest.dropFirst(3))
  }

  private static func split(
    _ entry: String, _ kind: ListKind, _ defaultPort: Int, in text: String
  ) throws(TargetError) -> (host: String, port: Int) {
    if entry.hasPrefix("[") {
      guard let end = entry.firstIndex(of: "]") else { throw TargetError("has a [ without a ]", in: text) }
      let host = String(entry[entry.index(after: entry.startIndex)..<end])
      guard host.utf8.contains(UInt8(ascii: ":")) else {
        throw TargetError("has brackets around what is not an IPv6 address", in: text)
      }
      let rest = entry[entry.index(after: end)...]
      if rest.isEmpty { return (host, defaultPort) }
      guard rest.hasPrefix(":") else { throw TargetError("has other than :port behind ]", in: text) }
      return (host, try port(rest.dropFirst(), in: text))
    }
    switch entry.utf8.count(where: { $0 == UInt8(ascii: ":") }) {
    case 0: return (entry, defaultPort)
    case 1:
      let parts = entry.split(separator: ":", omittingEmptySubsequences: false)
      return (String(parts[0]), try port(parts[1], in: text))
    default:
      // `ipv6:::1` has no brackets and so no port; elsewhere the colons may as well be a scheme or a slip.
      if kind == .ipv6 { return (entry, defaultPort) }
      throw TargetError("has several colons; write an IPv6 address as [::1]:port", in: text)
    }
  }

  private static func port(_ digits: Substring, in text: String) throws(TargetError) -> Int {
    guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), digits.utf8.count <= 5,
      let port = Int(digits), (1...65_535).contains(port)
    else {
      throw TargetError("has a port that is not a number from 1 to 65535, or an unknown scheme", in: text)
    }
    return port
  }

  private static func endpoint(
    _ host: String, _ port: Int, _ kind: ListKind, in text: String
  ) throws(TargetError) -> Endpoint {
    guard !host.utf8.contains(UInt8(ascii: "%")) else {
      throw TargetError("has an address with a zone, which can't be an authority (RFC 6874)", in: text)
    }
    if let address = try? SocketAddress(ipAddress: host, port: port) {
      switch (kind, address) {
      case (.ipv4, .v6): throw TargetError("has an IPv6 address behind ipv4:", in: text)
      case (.ipv6, .v4): throw TargetError("has an IPv4 address behind ipv6:", in: text)
      default: return .address(address)
      }
    }
    switch kind {
    case .ipv4: throw TargetError("has an entry that is not an IPv4 address with a port", in: text)
    case .ipv6: throw TargetError("has an entry that is not an IPv6 address with a port", in: text)
    case .any, .single: break
    }
    guard isHostName(host) else { throw TargetError("has a host that is neither a name nor an address", in: text) }
    return .host(host, port: port)
  }

  /// RFC 1123 §2.1, and the underscore that names of services use. A name whose last part is a number is a broken IPv4
  /// address.
  private static func isHostName(_ host: String) -> Bool {
    let name = host.hasSuffix(".") ? host.dropLast() : host[...]
    guard !name.isEmpty, name.utf8.count <= 253 else { return false }
    let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    for label in labels {
      guard !label.isEmpty, label.count <= 63, label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-"),
        label.allSatisfy(isNameByte)
      else { return false }
    }
    return labels.last?.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } == false
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

/// Why a text is no target.
package struct TargetError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong with it, as the end of a sentence that begins with the target.
  package let message: String

  /// The text, cut to a length that a log bears.
  package let target: String

  init(_ message: String, in target: String) {
    self.message = message
    self.target = String(target.prefix(200))
  }

  /// `target "a:b:c" has several colons; …`. A target holds no secrets; quotes and control characters are escaped.
  package var description: String { "target \(target.debugDescription) \(message)" }
}
