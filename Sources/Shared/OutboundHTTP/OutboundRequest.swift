/// A request to a server outside.
package struct OutboundRequest: Sendable {
  package struct Method: Hashable, Sendable {
    package let name: String
    /// Whether repeating it does no harm (RFC 9110 §9.2.2).
    package let isIdempotent: Bool

    package static let get = Method(name: "GET", isIdempotent: true)
    package static let head = Method(name: "HEAD", isIdempotent: true)
    package static let post = Method(name: "POST", isIdempotent: false)
    package static let put = Method(name: "PUT", isIdempotent: true)
    package static let patch = Method(name: "PATCH", isIdempotent: false)
    package static let delete = Method(name: "DELETE", isIdempotent: true)
  }

  package var url: String
  package var method: Method
  /// The client itself sets `host`, `content-length`, `accept-encoding`, those of the connection, and, if it is
  /// missing, `user-agent`.
  package var headers: OutboundHeaders
  package var body: [UInt8]?
  /// Names of fields that only this URL's origin may see, beside `authorization`, `proxy-authorization` and `cookie`:
  /// a redirect to another origin leaves them out.
  package var credentialHeaders: Set<String> = []
  /// Redirects to follow; nil takes the client's. With 0 a redirect is a response like any other.
  package var maxRedirects: Int?
  /// Bytes of the body after decompression; nil takes the client's.
  package var maxResponseBytes: Int?
  /// The status is all that the caller needs: a body that is too large, too slow or broken is left unread then, and its
  /// connection with it, and is no failure.
  package var ignoresBody = false
  /// For everything, redirects included; nil takes the client's.
  package var timeout: Duration?

  package init(
    _ method: Method = .get, _ url: String, headers: OutboundHeaders = OutboundHeaders(), body: [UInt8]? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }

  /// RFC 9110 §5.5, §5.6.2, and what the client says itself.
  func checkHeaders() throws(OutboundError) {
    for (name, value) in headers.fields {
      guard !name.isEmpty, name.utf8.allSatisfy(Self.mayStandInName) else {
        throw OutboundError(.invalidRequest, "a header field's name is empty or holds a character that it may not")
      }
      guard value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }) else {
        throw OutboundError(.invalidRequest, "the value of header field \"\(name)\" holds a control character")
      }
      guard !Self.own.contains(name.lowercased()) else {
        throw OutboundError(.invalidRequest, "header field \"\(name)\" is set by the client itself; leave it out")
      }
    }
  }

  private static let own: Set<String> = [
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect",
    "proxy-connection", "accept-encoding",
  ]

  private static func mayStandInName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
