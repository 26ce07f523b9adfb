internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Opens channels to one server: TCP or Unix socket, TLS if configured.
struct RedisConnector: Sendable {
  let configuration: RedisConfiguration
  private let tls: NIOSSLContext?

  /// - Throws: `RedisError` with `.invalidConfiguration`.
  init(_ configuration: RedisConfiguration) throws {
    self.configuration = configuration
    self.tls = try configuration.tls?.makeContext()
  }

  /// Connects on `loop`; `owner` hears of the channel's replies and end.
  func connect(on loop: any EventLoop, owner: ReconnectingChannel) -> EventLoopFuture<any Channel> {
    let bootstrap = ClientBootstrap(group: loop)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(
        .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 8192, maximum: 1 << 18)
      )
      .connectTimeout(configuration.connectTimeout)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls {
            try channel.pipeline.syncOperations.addHandler(
              NIOSSLClientHandler(context: tls, serverHostname: serverName))
          }
          let reader = try ReplyReader(limits: configuration.replyLimits)
          try channel.pipeline.syncOperations.addHandler(RedisChannelHandler(reader: reader, owner: owner))
        }
      }
    switch configuration.endpoint {
    case .tcp(let host, let port):
      return bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1).connect(host: host, port: port)
    case .unix(let path):
      return bootstrap.connect(unixDomainSocketPath: path)
    }
  }

  /// SNI takes no addresses (RFC 6066, section 3); the certificate is then checked against the peer's address.
  private var serverName: String? {
    if let name = configuration.tls?.serverName { return name }
    guard case .tcp(let host, _) = configuration.endpoint else { return nil }
    return (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
  }
}
