package import Logging
internal import NIOConcurrencyHelpers
package import NIOCore
internal import NIOPosix
internal import NIOSSL

/// A server of HTTP/2 and HTTP/1.1 on one listener.
///
/// With TLS the version is agreed by ALPN, in clear text it is told by the HTTP/2 preface. The server owns its
/// connections: `shutdown` ends them all, gracefully as long as the deadline allows.
package final class HTTPServer: Sendable {
  private struct State {
    var listener: (any Channel)?
    var isShutDown = false
    var tlsWatch: RepeatedTask?
  }

  private let configuration: HTTPServerConfiguration
  private let handler: any HTTPRequestHandler
  private let group: any EventLoopGroup
  private let logger: Logger
  private let limiter: ConnectionLimiter
  private let loops: [ObjectIdentifier: EventLoopConnections]
  private let state = NIOLockedValueBox(State())

  /// - Parameters:
  ///   - handler: answers every request.
  ///   - group: the loops that serve; the server does not shut it down.
  package init(
    configuration: HTTPServerConfiguration, handler: any HTTPRequestHandler, group: any EventLoopGroup, logger: Logger
  ) {
    self.configuration = configuration
    self.handler = handler
    self.group = group
    self.logger = logger
    limiter = ConnectionLimiter(
      maxTotal: configuration.maxConnections, maxPerPeer: configuration.maxConnectionsPerPeer)
    var loops: [ObjectIdentifier: EventLoopConnections] = [:]
    for loop in group.makeIterator() { loops[ObjectIdentifier(loop)] = EventLoopConnections(loop) }
    self.loops = loops
  }

  /// Connections that are open now.
  package var connectionCount: Int { limiter.count }

  /// Binds the address and begins to serve.
  ///
  /// - Returns: the address, with the port that was taken if 0 was asked for.
  /// - Throws: `HTTPTransportError` when TLS files or the address cannot be used.
  package func start() async throws -> SocketAddress {
    let tls = try configuration.tls.map { try TLSContexts($0) }
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: Int32(clamping: configuration.backlog))
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.maxMessagesPerRead, value: 4)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try self.initialize(channel, tls: tls?.current) }
      }
    if case .hostPort = configuration.address {
      _ = bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    }
    let channel: any Channel
    do {
      switch configuration.address {
      case .hostPort(let host, let port): channel = try await bootstrap.bind(host: host, port: port).get()
      case .unixSocket(let path):
        channel = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
      }
    } catch {
      throw HTTPTransportError(
        .invalidConfiguration, "cannot listen on \(configuration.address): is it taken, or not ours?", cause: error)
    }
    let isLate = state.withLockedValue { state in
      state.listener = channel
      if let tls, !state.isShutDown { state.tlsWatch = watch(tls) }
      return state.isShutDown
    }
    guard !isLate, let address = channel.localAddress else {
      try? await channel.close().get()
      throw HTTPTransportError(.connectionClosed, "the server was shut down while it started")
    }
    return address
  }

  /// Looks at the certificate's files now and then, on a thread that may wait for the disk.
  private func watch(_ contexts: TLSContexts) -> RepeatedTask {
    let interval = configuration.tls?.reloadInterval ?? .seconds(2)
    let loop = group.next()
    return loop.scheduleRepeatedAsyncTask(initialDelay: interval, delay: interval) { _ in
      NIOThreadPool.singleton.runIfActive(eventLoop: loop) { contexts.refresh() }
    }
  }

  /// Stops listening, drains every connection, and closes what is left after `grace`.
  package func shutdown(grace: TimeAmount = .seconds(20)) async {
    let listener = state.withLockedValue { state in
      state.isShutDown = true
      state.tlsWatch?.cancel()
      state.tlsWatch = nil
      defer { state.listener = nil }
      return state.listener
    }
    // Fails only when it is closed already.
    try? await listener?.close().get()
    let any = group.next()
    let timer = any.scheduleTask(in: grace) {
      for loop in self.loops.values { loop.closeAll() }
    }
    let drained = EventLoopFuture.andAllComplete(loops.values.map { $0.drain() }, on: any)
    try? await drained.get()
    timer.cancel()
  }

  // MARK: Pipelines (all on the channel's loop)

  private func initialize(_ channel: any Channel, tls: NIOSSLContext?) throws {
    guard let connections = loops[ObjectIdentifier(channel.eventLoop)] else {
      throw HTTPTransportError(.invalidConfiguration, "a connection arrived on a foreign event loop")
    }
    let peer = channel.remoteAddress?.ipAddress
    guard limiter.acquire(peer) else {
      throw HTTPTransportError(.limitExceeded, "too many connections")
    }
    connections.opened(channel) { self.limiter.release(peer) }
    let pipeline = channel.pipeline.syncOperations
    guard let tls else {
      try pipeline.addHandler(
        PrefaceDetector(patience: configuration.timeouts.header) { channel, version in
          try self.configure(channel, version: version, connections: connections, identity: nil)
        })
      return
    }
    let timeout = channel.eventLoop.scheduleTask(in: configuration.timeouts.header) { channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in timeout.cancel() }
    try HandshakeWatch.install(
      NIOSSLServerHandler(context: tls), on: channel,
      onFailure: { [logger] error in
        let text = error.map { "\($0)" } ?? "closed by the peer"
        logger.debug("TLS handshake failed", metadata: ["error": "\(text)"])
      },
      ready: { channel, version in
        timeout.cancel()
        let certificate = try channel.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self).peerCertificate
        try self.configure(
          channel, version: version == "h2" ? .http2 : .http1, connections: connections,
          identity: certificate.map(PeerIdentity.init))
      })
  }

  private func configure(
    _ channel: any Channel, version: HTTPConnectionInfo.Version, connections: EventLoopConnections,
    identity: PeerIdentity?
  ) throws {
    let info = HTTPConnectionInfo(
      version: version, remoteAddress: channel.remoteAddress, localAddress: channel.localAddress,
      peerIdentity: identity, isSecure: configuration.tls != nil, executor: connections.executor)
    connections.decided(channel)
    channel.closeFuture.assumeIsolated().whenComplete { _ in info.attachment = nil }
    let pipeline = channel.pipeline.syncOperations
    switch version {
    case .http2:
      let session = try HTTP2Session(role: .server, connection: info, limits: configuration.http2)
      try pipeline.addHandler(
        HTTP2ServerHandler(
          session: session, handler: handler, connections: connections, configuration: configuration, logger: logger))
    case .http1:
      let connection = HTTP1ServerHandler(
        info: info, handler: handler, connections: connections, configuration: configuration, logger: logger)
      let wire = HTTP1Wire(
        connection, connections: connections, limits: configuration.http1, isSecure: info.isSecure)
      try pipeline.addHandlers([wire, connection])
    }
  }
}
