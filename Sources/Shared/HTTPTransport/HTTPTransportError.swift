/// What can go wrong below the requests: connecting, TLS, the protocol itself, limits.
package struct HTTPTransportError: Error, Sendable, CustomStringConvertible {
  package struct Code: Hashable, Sendable, CustomStringConvertible {
    package var description: String
    private init(_ description: String) { self.description = description }

    /// No connection could be made in time, or the name did not resolve.
    package static let connectFailed = Code("connect failed")
    /// The connection is closed or closing.
    package static let connectionClosed = Code("connection closed")
    /// The peer broke the protocol.
    package static let protocolViolation = Code("protocol violation")
    /// A limit was reached.
    package static let limitExceeded = Code("limit exceeded")
    /// A body has more bytes than its reader takes.
    package static let bodyTooLarge = Code("body too large")
    /// A certificate, key or handshake was not acceptable.
    package static let tls = Code("TLS")
    /// A configuration value cannot be used.
    package static let invalidConfiguration = Code("invalid configuration")
    /// The other side did not speak the protocol that was asked for.
    package static let protocolNegotiation = Code("protocol negotiation")
  }

  package var code: Code
  /// What happened and what to do about it; safe to log.
  package var message: String
  package var cause: (any Error)?

  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  package var description: String {
    cause.map { "\(code): \(message) (\(type(of: $0)))" } ?? "\(code): \(message)"
  }
}
