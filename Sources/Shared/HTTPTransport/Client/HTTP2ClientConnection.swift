package import NIOCore

/// When a client pings a silent server (gRFC A8).
package struct ClientKeepalive: Sendable {
  /// Silence after which a ping goes out. At least 10 seconds in production: servers punish impatience.
  package var time: TimeAmount
  /// How long the answer may take before the connection counts as dead.
  package var timeout: TimeAmount
  /// Whether to ping without open calls.
  package var permitsWithoutCalls: Bool

  package init(time: TimeAmount, timeout: TimeAmount = .seconds(20), permitsWithoutCalls: Bool = false) {
    self.time = time
    self.timeout = timeout
    self.permitsWithoutCalls = permitsWithoutCalls
  }
}

extension ClientKeepalive {
  var timer: KeepaliveTimer.Configuration {
    .exactly(
      time: .nanoseconds(time.nanoseconds), timeout: .nanoseconds(timeout.nanoseconds),
      withoutCalls: permitsWithoutCalls)
  }
}

/// A client's HTTP/2 connection to one address.
package final class HTTP2ClientConnection: HTTPClientConnection {
  /// How to connect.
  package struct Configuration: Sendable {
    package var tls: TLSClientConfiguration?
    package var limits = HTTP2Limits()
    package var keepalive: ClientKeepalive?
    /// From the start to the server's SETTINGS.
    package var connectTimeout: TimeAmount = .seconds(20)

    package init(tls: TLSClientConfiguration? = nil) { self.tls = tls }
  }

  package let eventLoop: any EventLoop
  package let remoteAddress: SocketAddress
  private let channel: any Channel
  private let handler: NIOLoopBound<HTTP2ClientHandler>

  private init(channel: any Channel, remoteAddress: SocketAddress, handler: NIOLoopBound<HTTP2ClientHandler>) {
    self.channel = channel
    self.remoteAddress = remoteAddress
    self.handler = handler
    eventLoop = channel.eventLoop
  }

  /// Connects, with TLS if configured, and waits for the server's SETTINGS.
  ///
  /// - Parameters:
  ///   - hostname: for SNI and the certificate's check, when TLS gives no name of its own.
  ///   - executor: the event loop to use.
  ///   - delegate: held weakly.
  /// - Throws: `HTTPTransportError` `.connectFailed`, `.tls` or `.protocolNegotiation`.
  package static func connect(
    to address: SocketAddress, hostname: String?, configuration: Configuration, executor: EventLoopExecutor,
    delegate: any HTTPClientConnectionDelegate
  ) async throws -> HTTP2ClientConnection {
    let dial = ClientDial(
      address: address, tls: try configuration.tls?.makeContext(),
      serverName: configuration.tls?.serverName ?? hostname, version: "h2", requiresAgreement: true,
      timeout: configuration.connectTimeout)
    let eventLoop = executor.eventLoop
    let ready = eventLoop.makePromise(of: Void.self)
    let link = Link(delegate)
    let channel = try await dial.open(on: eventLoop, ready: ready) { channel in
      let info = HTTPConnectionInfo(
        version: .http2, remoteAddress: address, localAddress: channel.localAddress, peerIdentity: nil,
        isSecure: dial.tls != nil, executor: executor)
      let session = try HTTP2Session(role: .client, connection: info, limits: configuration.limits)
      let handler = HTTP2ClientHandler(
        session: session, ready: ready, keepalive: configuration.keepalive,
        onGoAway: { code, text in link.goAway(code, text) }, onEnd: { link.ended($0) })
      try channel.pipeline.syncOperations.addHandler(handler)
      link.handler = handler
    }
    return try await eventLoop.submit {
      guard let handler = link.handler else {
        throw HTTPTransportError(.connectFailed, "the connection closed before it was ready")
      }
      let connection = HTTP2ClientConnection(
        channel: channel, remoteAddress: address, handler: NIOLoopBound(handler, eventLoop: eventLoop))
      link.connection = connection
      return connection
    }.get()
  }

  /// Opens a stream with a request head. On the event loop only.
  ///
  /// - Throws: `HTTPTransportError` `.connectionClosed` when this connection takes no more.
  package func openStream(
    head: HeaderBlock, endStream: Bool, delegate: any HTTPStreamDelegate
  ) throws -> any HTTPStream {
    guard takesRequests else {
      throw HTTPTransportError(.connectionClosed, "the connection is closed; open another one")
    }
    return try handler.value.session.openStream(head: head, endStream: endStream, delegate: delegate)
  }

  /// Whether it can be used for further requests: it is open, and nobody has said that it will end. On the event loop
  /// only.
  package var takesRequests: Bool {
    channel.isActive && !handler.value.isClosing && handler.value.session.allowsRequests
  }

  /// Whether another stream fits below the server's limit. On the event loop only.
  package var hasRoom: Bool {
    let session = handler.value.session
    return session.streams.count < Int(session.remoteMaxConcurrentStreams)
  }

  /// Streams that are open. On the event loop only.
  package var openStreams: Int { handler.value.session.streams.count }

  /// Takes no more streams and closes after the last open one.
  package func drain() {
    eventLoop.execute { self.handler.value.drain() }
  }

  /// Closes at once; open streams end with `.connectionLost`.
  package func close() {
    channel.close(promise: nil)
  }

  /// Ties handler, connection and delegate together without cycles. On the loop only.
  private final class Link: @unchecked Sendable {
    private weak var delegate: (any HTTPClientConnectionDelegate)?
    var handler: HTTP2ClientHandler?
    weak var connection: HTTP2ClientConnection?
    private var isEnded = false

    init(_ delegate: any HTTPClientConnectionDelegate) { self.delegate = delegate }

    func goAway(_ code: HTTP2ErrorCode, _ text: String) {
      if let connection { delegate?.connectionIsGoingAway(connection, code: code, debugData: text) }
    }

    func ended(_ reason: HTTPTransportError?) {
      handler = nil
      guard !isEnded, let connection else { return }
      isEnded = true
      delegate?.connectionEnded(connection, reason: reason)
    }
  }
}
