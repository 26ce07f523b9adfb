package import NIOCore
internal import NIOHTTP1

/// A client's HTTP/1.1 connection: one request at a time, kept alive between them (RFC 9112 §9.3).
package final class HTTP1ClientConnection: HTTPClientConnection {
  /// How to connect, and what a response may cost us.
  package struct Configuration: Sendable {
    package var tls: TLSClientConfiguration?
    /// From the start to the end of the TLS handshake.
    package var connectTimeout: TimeAmount = .seconds(20)
    /// Bytes of a response's status line and header fields. Default 64 KiB.
    package var maxHeaderBytes = 64 * 1024
    /// Header fields in a response. Default 256.
    package var maxHeaderFields = 256
    /// Body bytes held before the application has taken them; the socket is not read above. Default 128 KiB.
    package var maxInboundBuffer = 128 * 1024

    /// Takes the place of `tls`.
    var context: TLSClientContext?

    package init(tls: TLSClientConfiguration? = nil) {
      self.tls = tls
      self.tls?.applicationProtocols = ["http/1.1"]
    }

    /// - Parameter context: nil for clear text. Its protocols must be `http/1.1` or none.
    package init(context: TLSClientContext?) {
      self.context = context
    }
  }

  package let eventLoop: any EventLoop
  package let remoteAddress: SocketAddress
  private let channel: any Channel
  private let handler: NIOLoopBound<HTTP1ClientHandler>

  private init(channel: any Channel, remoteAddress: SocketAddress, handler: NIOLoopBound<HTTP1ClientHandler>) {
    self.channel = channel
    self.remoteAddress = remoteAddress
    self.handler = handler
    eventLoop = channel.eventLoop
  }

  /// Connects, with TLS if configured.
  ///
  /// - Parameters:
  ///   - hostname: for SNI and the certificate's check, when TLS gives no name of its own.
  ///   - executor: the event loop to use.
  ///   - delegate: held weakly; hears of the connection's end only.
  /// - Throws: `HTTPTransportError` `.connectFailed`, `.tls` or `.protocolNegotiation`.
  package static func connect(
    to address: SocketAddress, hostname: String?, configuration: Configuration, executor: EventLoopExecutor,
    delegate: any HTTPClientConnectionDelegate
  ) async throws -> HTTP1ClientConnection {
    let context = try configuration.context ?? configuration.tls.map { try TLSClientContext($0) }
    let dial = ClientDial(
      address: address, tls: context?.context, serverName: context?.serverName ?? hostname, version: "http/1.1",
      requiresAgreement: false,
      timeout: configuration.connectTimeout)
    let eventLoop = executor.eventLoop
    let ready = eventLoop.makePromise(of: Void.self)
    let channel = try await dial.open(on: eventLoop, ready: ready) { channel in
      let info = HTTPConnectionInfo(
        version: .http1, remoteAddress: address, localAddress: channel.localAddress, peerIdentity: nil,
        isSecure: dial.tls != nil, executor: executor)
      var limits = NIOHTTPDecoderLimitConfiguration()
      limits.maxHeaderFieldSize = configuration.maxHeaderBytes
      limits.maxHeaderListSize = configuration.maxHeaderBytes
      limits.maxHeaderFieldCount = configuration.maxHeaderFields
      var framing = HTTPRequestEncoder.Configuration()
      framing.automaticallySetFramingHeaders = false
      let decoder = HTTPResponseDecoder(
        leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .drop, limitConfiguration: limits)
      try channel.pipeline.syncOperations.addHandlers([
        HTTPRequestEncoder(configuration: framing), ByteToMessageHandler(decoder),
        HTTP1ClientHandler(info: info, ready: ready, maxInboundBuffer: configuration.maxInboundBuffer),
      ])
    }
    return try await eventLoop.submit {
      guard channel.isActive else {
        throw HTTPTransportError(.connectFailed, "the connection closed before it was ready")
      }
      let handler = try channel.pipeline.syncOperations.handler(type: HTTP1ClientHandler.self)
      let connection = HTTP1ClientConnection(
        channel: channel, remoteAddress: address, handler: NIOLoopBound(handler, eventLoop: eventLoop))
      handler.onEnd = { [weak connection, weak delegate] reason in
        if let connection { delegate?.connectionEnded(connection, reason: reason) }
      }
      return connection
    }.get()
  }

  /// Sends a request head. On the event loop only.
  ///
  /// - Throws: `HTTPTransportError` `.connectionClosed` when the connection is closed, or busy with another request.
  package func openStream(
    head: HeaderBlock, endStream: Bool, delegate: any HTTPStreamDelegate
  ) throws -> any HTTPStream {
    try handler.value.openStream(head: head, endStream: endStream, delegate: delegate)
  }

  /// Whether a request may be sent now. On the event loop only.
  package var isIdle: Bool { handler.value.isIdle }

  package func drain() {
    eventLoop.execute { self.handler.value.drain() }
  }

  package func close() {
    channel.close(promise: nil)
  }
}
