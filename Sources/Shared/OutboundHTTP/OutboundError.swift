/// Why a request to the outside has no response.
///
/// `description` is safe to log: it names scheme, host and port, never path, query, headers or body, where tokens stand.
package struct OutboundError: Error, Sendable, CustomStringConvertible {
  package struct Code: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    private init(_ description: String) { self.description = description }

    /// The text is not a URL that may be requested.
    package static let invalidURL = Code("invalid URL")
    /// A header field or limit of the request cannot be used.
    package static let invalidRequest = Code("invalid request")
    /// A setting of the client cannot be used.
    package static let invalidConfiguration = Code("invalid configuration")
    /// The address policy does not let us connect there.
    package static let forbiddenAddress = Code("forbidden address")
    /// The name is unknown or cannot be looked up.
    package static let resolution = Code("name resolution")
    /// No connection could be made.
    package static let connect = Code("connect")
    /// The handshake failed, or the server's certificate is not to be trusted.
    package static let tls = Code("TLS")
    /// A phase, or the whole, took longer than it may.
    package static let timeout = Code("timeout")
    /// The response is larger than it may be.
    package static let tooLarge = Code("too large")
    package static let tooManyRedirects = Code("too many redirects")
    /// A redirect leads from https to http.
    package static let insecureRedirect = Code("insecure redirect")
    /// The server broke HTTP, or used what this client does not know.
    package static let `protocol` = Code("protocol")
    /// The connection ended before the response did. The server may have acted on the request.
    package static let connectionLost = Code("connection lost")
    /// More requests wait for a connection than may.
    package static let overloaded = Code("overloaded")
    /// The client is shut down.
    package static let shutDown = Code("shut down")
  }

  package var code: Code
  /// What happened and, where it helps, what to do.
  package var message: String
  /// Scheme, host and port of the server concerned; of the redirect's target when that one failed.
  package var origin: String?
  package var cause: (any Error)?

  package init(_ code: Code, _ message: String, origin: String? = nil, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.origin = origin
    self.cause = cause
  }

  package var description: String {
    let place = origin.map { " (\($0))" } ?? ""
    return "\(code)\(place): \(message)"
  }

  /// The same error with the server's origin, unless it has one.
  func at(_ origin: String) -> OutboundError {
    var error = self
    if error.origin == nil { error.origin = origin }
    return error
  }
}
