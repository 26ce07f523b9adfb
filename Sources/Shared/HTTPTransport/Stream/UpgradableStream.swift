import NIOCore

/// A request after which its connection may speak another protocol: HTTP/1.1's (RFC 9110 §7.8).
protocol UpgradableStream: HTTPStream {
  /// What the client asks for, in lower case; nil for nothing.
  var requestedUpgrade: String? { get }

  /// Sends `head`, status 101, and gives the connection away. Does nothing when the stream has closed or a head was sent.
  func upgrade(head: HeaderBlock, to install: @escaping @Sendable (any Channel) throws -> any ServerConnection)
}
