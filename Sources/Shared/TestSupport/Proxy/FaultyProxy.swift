internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A TCP relay on 127.0.0.1 that can misbehave: delay bytes, swallow them, refuse or reset connections.
package final class FaultyProxy: Sendable {
  struct Faults {
    var delay: TimeAmount?
    var isBlackHole = false
    var refuses = false
  }

  private struct State {
    var faults = Faults()
    var channels: [ObjectIdentifier: any Channel] = [:]
  }

  private let state = Mutex(State())
  private let listener: any Channel
  /// Where it listens.
  package let port: Int

  private init(listener: any Channel) {
    self.listener = listener
    port = listener.localAddress?.port ?? 0
  }

  /// Relays to `host`:`port`.
  package static func start(to host: String = "127.0.0.1", port: Int) async throws -> FaultyProxy {
    let holder = ProxyHolder()
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.autoRead, value: false)
      .childChannelInitializer { channel in
        guard let proxy = holder.proxy, !proxy.faults.refuses else { return channel.close() }
        return proxy.relay(channel, host: host, port: port)
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let proxy = FaultyProxy(listener: listener)
    holder.proxy = proxy
    return proxy
  }

  var faults: Faults { state.withLock { $0.faults } }

  /// Holds every chunk back for this long, in both directions.
  package func delay(_ amount: Duration?) { state.withLock { $0.faults.delay = amount.map { TimeAmount($0) } } }

  /// Takes bytes and delivers none, while connections stay open. What was swallowed is lost for good.
  package func blackHole(_ isOn: Bool) { state.withLock { $0.faults.isBlackHole = isOn } }

  /// Closes new connections at once.
  package func refuse(_ isOn: Bool) { state.withLock { $0.faults.refuses = isOn } }

  /// Ends all connections with a TCP reset.
  package func resetAll() async {
    let channels = state.withLock { Array($0.channels.values) }
    for channel in channels {
      // With a linger time of zero, close sends RST instead of FIN.
      try? await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
      try? await channel.close()
    }
  }

  package func close() async {
    try? await listener.close()
    await resetAll()
  }

  private func relay(_ client: any Channel, host: String, port: Int) -> EventLoopFuture<Void> {
    ClientBootstrap(group: client.eventLoop)
      .channelOption(.autoRead, value: false)
      .connect(host: host, port: port)
      .flatMapThrowing { server in
        self.track(client)
        self.track(server)
        try client.pipeline.syncOperations.addHandler(RelayHandler(proxy: self, partner: server))
        try server.pipeline.syncOperations.addHandler(RelayHandler(proxy: self, partner: client))
        server.read()
      }
  }

  private func track(_ channel: any Channel) {
    state.withLock { $0.channels[ObjectIdentifier(channel)] = channel }
    channel.closeFuture.whenComplete { _ in
      self.state.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
    }
  }
}

private final class ProxyHolder: Sendable {
  private let stored = Mutex<FaultyProxy?>(nil)
  var proxy: FaultyProxy? {
    get { stored.withLock { $0 } }
    set { stored.withLock { $0 = newValue } }
  }
}

/// Passes one direction's bytes on and reads again when they are written, so that neither side runs ahead.
private final class RelayHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let proxy: FaultyProxy
  private let partner: any Channel

  init(proxy: FaultyProxy, partner: any Channel) {
    self.proxy = proxy
    self.partner = partner
  }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    let faults = proxy.faults
    let channel = context.channel
    let partner = partner
    if faults.isBlackHole {
      channel.read()
    } else if let delay = faults.delay {
      context.eventLoop.scheduleTask(in: delay) {
        partner.writeAndFlush(bytes).whenComplete { _ in channel.read() }
      }
    } else {
      partner.writeAndFlush(bytes).whenComplete { _ in channel.read() }
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    partner.close(promise: nil)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
