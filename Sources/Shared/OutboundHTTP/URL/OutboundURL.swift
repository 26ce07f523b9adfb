/// An absolute http or https URL, read strictly (RFC 3986): what two programs could read in two ways is refused.
///
/// `description` shows scheme, host and port only, for paths and queries hold tokens.
package struct OutboundURL: Hashable, Sendable, CustomStringConvertible {
  package enum Scheme: String, Sendable {
    case http
    case https

    package var defaultPort: Int { self == .http ? 80 : 443 }
  }

  package enum Host: Hashable, Sendable {
    /// A name for DNS, in lower case.
    case name(String)
    case address(IPAddress)

    /// As it stands in a URL, without brackets.
    package var name: String {
      switch self {
      case .name(let name): name
      case .address(let address): address.description
      }
    }
  }

  /// The longest URL that is read, in bytes.
  package static let maximumLength = 8192

  package let scheme: Scheme
  package let host: Host
  /// 1 to 65535; the scheme's own where none is written.
  package let port: Int
  /// Path and query, as the request line has them; at least "/". May hold secrets.
  package let target: String

  /// Reads a URL. A fragment is left out, for no server hears of it.
  ///
  /// - Throws: `OutboundError` `.invalidURL`, which says what is wrong without showing the URL.
  package init(_ text: String) throws(OutboundError) {
    guard text.utf8.count <= Self.maximumLength else {
      throw Self.invalid("it has more than \(Self.maximumLength) bytes")
    }
    guard let colon = text.firstIndex(of: ":"), let scheme = Scheme(rawValue: text[..<colon].lowercased()) else {
      throw Self.invalid("it must start with http:// or https://")
    }
    let rest = text[text.index(after: colon)...]
    guard rest.hasPrefix("//") else { throw Self.invalid("it must start with \(scheme.rawValue)://") }
    try self.init(scheme: scheme, behindSlashes: rest.dropFirst(2))
  }

  /// - Parameter text: authority, path, query and fragment.
  init(scheme: Scheme, behindSlashes text: Substring) throws(OutboundError) {
    let end = text.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? text.endIndex
    let authority = try Authority(text[..<end])
    try self.init(
      scheme: scheme, host: authority.host, port: authority.port ?? scheme.defaultPort, tail: text[end...])
  }

  /// - Parameter tail: path, query and fragment.
  init(scheme: Scheme, host: Host, port: Int, tail: Substring) throws(OutboundError) {
    self.scheme = scheme
    self.host = host
    self.port = port
    let visible = tail.prefix { $0 != "#" }
    for byte in visible.utf8 where !Self.mayStandInTarget(byte) {
      throw Self.invalid(
        byte < 0x80
          ? "path and query hold a character that must be percent-encoded"
          : "path and query must be ASCII; percent-encode other characters")
    }
    target = visible.first == "/" ? String(visible) : "/\(visible)"
  }

  /// RFC 3986 §3.3, §3.4, and the brackets, bars and braces that many shops leave as they are.
  private static func mayStandInTarget(_ byte: UInt8) -> Bool {
    guard byte > 0x20, byte < 0x7f else { return false }
    return byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "<")
      && byte != UInt8(ascii: ">") && byte != UInt8(ascii: "^") && byte != UInt8(ascii: "`")
  }

  static func invalid(_ problem: String) -> OutboundError {
    OutboundError(.invalidURL, "the URL cannot be used: \(problem)")
  }

  /// Host and port as the Host field has them (RFC 9110 §7.2).
  package var authority: String {
    port == scheme.defaultPort ? bracketedHost : "\(bracketedHost):\(port)"
  }

  /// Scheme, host and port: what may be logged.
  package var origin: String { "\(scheme.rawValue)://\(bracketedHost):\(port)" }

  package var description: String { origin }

  /// The whole URL. It may hold secrets: never log it.
  package var absoluteString: String { "\(scheme.rawValue)://\(authority)\(target)" }

  private var bracketedHost: String {
    if case .address(.v6) = host { return "[\(host.name)]" }
    return host.name
  }

  /// Whether a credential for this URL is meant for `other` too.
  package func hasSameOrigin(as other: OutboundURL) -> Bool {
    scheme == other.scheme && host == other.host && port == other.port
  }
}
