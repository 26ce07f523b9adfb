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
  /// For a whole body, from its request's head on, beyond what `minimumBodyRate` grants it.
  package var bodyTotal: TimeAmount = .seconds(60)
  /// Bytes of a body that earn it another second.
  package var minimumBodyRate = 4096
  /// Without the peer taking a byte while some are waiting for it.
  package var outboundStall: TimeAmount = .minutes(5)
  /// For an HTTP/1.1 peer to close its side after the last response has left.
  package var linger: TimeAmount = .seconds(2)

  package init() {}
}

/// How a server looks after long connections, in gRPC's terms.
package struct ServerKeepalive: Sendable {
  /// When to ping a silent peer, and how long its answer may take (gRFC A8).
  package var ping = KeepaliveTimer.Configuration.server()
  /// How many pings of the peer are borne (gRFC A8).
  package var enforcement = KeepalivePolicy.Configuration()
  /// When a connection is drained for its age, so that clients spread anew; nil never (gRFC A9). ± 10 %.
  package var maximumAge: Duration?
  /// How long the calls on a connection may go on that is drained for its age; nil for ever.
  package var grace: Duration? = .seconds(30)

  package init() {}
}
