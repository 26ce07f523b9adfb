package import NIOCore

/// What a server listens on, allows and waits for. The defaults are safe for the open Internet.
package struct HTTPServerConfiguration: Sendable {
  /// Where to listen.
  package enum Address: Sendable, Hashable {
    /// Port 0 takes a free one.
    case hostPort(String, Int)
    case unixSocket(String)
  }

  package var address: Address
  /// TLS with ALPN (`h2`, `http/1.1`); nil serves clear text, where the HTTP/2 preface tells the versions apart.
  package var tls: TLSServerConfiguration?
  package var http2 = HTTP2Limits()
  package var http1 = HTTP1Limits()
  package var timeouts = HTTPTimeouts()
  package var keepalive = ServerKeepalive()
  /// Connections in total; more are closed at once. Default 20,000.
  package var maxConnections = 20_000
  /// Connections from one address; 0 means no limit. Default 0: behind a mesh all calls come from few peers.
  package var maxConnectionsPerPeer = 0
  /// Connections that the kernel holds until they are accepted.
  package var backlog = 1024

  package init(address: Address) {
    self.address = address
  }
}

/// What one HTTP/1.1 connection may cost us.
package struct HTTP1Limits: Sendable {
  /// Bytes of the request line and all header fields. Default 16 KiB.
  package var maxHeaderBytes = 16 * 1024
  package var maxHeaderFields = 128
  /// Body bytes held before the application has taken them; the socket is not read above. Default 128 KiB.
  package var maxInboundBuffer = 128 * 1024

  package init() {}
}

/// How long a peer may take.
package struct HTTPTimeouts: Sendable {
  /// From the connection, or the first byte of a request, to the end of its head (and the TLS handshake).
  package var header: TimeAmount = .seconds(10)
  /// Without any open request.
  package var idle: TimeAmount = .minutes(10)
  /// Between two pieces of an unfinished body (`HTTPStream.enforcesBodyTimeout`).
  package var body: TimeAmount = .seconds(30)
  /// Without the peer taking a byte while some are waiting for it.
  package var outboundStall: TimeAmount = .minutes(5)
  /// For an HTTP/1.1 peer to close its side after the last response has left.
  package var linger: TimeAmount = .seconds(2)

  package init() {}
}

/// How a server looks after long connections, in gRPC's terms (gRFC A8, A9).
package struct ServerKeepalive: Sendable {
  /// Ping a peer that has been silent for so long; nil never does. Default 2 hours, as gRPC's.
  package var time: TimeAmount? = .hours(2)
  /// Close when a ping brings no answer in this time.
  package var timeout: TimeAmount = .seconds(20)
  /// Pings closer together than this are bad pings; after two of them the connection ends with ENHANCE_YOUR_CALM and
  /// `too_many_pings`.
  package var minimumPingInterval: TimeAmount = .minutes(5)
  /// Whether pings without an open call are allowed at the same interval (otherwise two hours).
  package var permitsPingsWithoutCalls = false
  /// A connection older than this (± 10 %) is drained, so that clients spread anew; nil never.
  package var maxConnectionAge: TimeAmount?
  /// How long a drained connection's calls may go on.
  package var maxConnectionAgeGrace: TimeAmount = .seconds(30)

  package init() {}
}
