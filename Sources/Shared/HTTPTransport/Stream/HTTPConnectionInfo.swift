package import NIOCore

/// What is known of a connection: set once when it is ready, the same for all its streams.
///
/// The unchecked conformance is for `attachment` alone, which belongs to the connection's event loop.
package final class HTTPConnectionInfo: @unchecked Sendable {
  package enum Version: String, Sendable {
    case http1 = "HTTP/1.1"
    case http2 = "HTTP/2"
  }

  package let version: Version
  /// The peer's socket address; nil on in-process connections.
  package let remoteAddress: SocketAddress?
  package let localAddress: SocketAddress?
  /// What the peer's verified certificate says; nil without mutual TLS.
  package let peerIdentity: PeerIdentity?
  package let isSecure: Bool
  /// Runs tasks on the connection's event loop.
  package let executor: EventLoopExecutor
  /// What a handler wants to remember of the connection. To be touched on its event loop only; let go of when the
  /// connection is closed.
  package var attachment: (any AnyObject & Sendable)?

  package init(
    version: Version, remoteAddress: SocketAddress?, localAddress: SocketAddress?, peerIdentity: PeerIdentity?,
    isSecure: Bool, executor: EventLoopExecutor
  ) {
    self.version = version
    self.remoteAddress = remoteAddress
    self.localAddress = localAddress
    self.peerIdentity = peerIdentity
    self.isSecure = isSecure
    self.executor = executor
  }
}

/// The names in a peer's verified certificate (RFC 5280 §4.2.1.6).
package struct PeerIdentity: Sendable, Hashable {
  /// URI names, where a SPIFFE id stands: `spiffe://fiyatradari/pricing`.
  package var uris: [String]
  /// DNS names.
  package var dnsNames: [String]

  package init(uris: [String] = [], dnsNames: [String] = []) {
    self.uris = uris
    self.dnsNames = dnsNames
  }
}
