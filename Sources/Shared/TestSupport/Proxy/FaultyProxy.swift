internal import Glibc
internal import NIOCore
internal import NIOPosix

/// A TCP relay on 127.0.0.1 that can misbehave: delay bytes, swallow them, cut a stream in the middle, refuse or reset
/// connections. It ends with its owner.
package final class FaultyProxy: Sendable {
  private let state: ProxyState
  private let listener: any Channel
  /// Where it listens.
  package let port: Int

  /// Relays to `host`:`port`.
  package static func start(to host: String = "127.0.0.1", port: Int) async throws -> FaultyProxy {
    let state = ProxyState()
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.autoRead, value: false)
      .childChannelInitializer { channel in
        guard !state.faults.refuses else { return channel.close() }
        return relay(channel, host: host, port: port, state)
      }
      .bind(host: "127.0.0.1", port: 0).get()
    guard let port = listener.localAddress?.port else { throw TestSupportError("the proxy has no port") }
    return FaultyProxy(listener: listener, port: port, state)
  }

  private init(listener: any Channel, port: Int, _ state: ProxyState) {
    self.listener = listener
    self.port = port
    self.state = state
  }

  deinit {
    listener.close(promise: nil)
    for channel in state.channels { channel.close(promise: nil) }
  }

  /// Delivers every chunk this much later, in both directions.
  package func delay(_ amount: Duration?) { state.change { $0.delay = amount.map { TimeAmount($0) } } }

  /// Takes bytes and delivers none, while connections stay open. What was swallowed is lost for good.
  package func blackHole(_ isOn: Bool) { state.change { $0.swallows = isOn ? [.request, .reply] : [] } }

  /// Delivers what clients send and swallows what they are answered: requests are executed, replies lost.
  package func swallowReplies(_ isOn: Bool) { state.change { $0.swallows = isOn ? [.reply] : [] } }

  /// Delivers so many more bytes of replies, of all connections together, and then resets the connection that has more:
  /// a stream that breaks off in the middle of a reply. Once.
  package func cut(afterReplyBytes count: Int) { state.change { $0.replyBytesUntilCut = count } }

  /// Closes new connections at once.
  package func refuse(_ isOn: Bool) { state.change { $0.refuses = isOn } }

  /// Ends all connections with a TCP reset.
  package func resetAll() async {
    for channel in state.channels {
      reset(channel)
      // It is closed even when closing reports that it was before.
      try? await channel.closeFuture.get()
    }
  }

  /// How many connections it relays.
  package var connectionCount: Int { state.channels.count / 2 }

  /// How many bytes clients have sent so far, delivered or not.
  package var requestByteCount: Int { state.requestByteCount }

  package func close() async {
    try? await listener.close()
    await resetAll()
  }
}

/// Opens the connection onward and ties both together.
private func relay(
  _ client: any Channel, host: String, port: Int, _ state: ProxyState
) -> EventLoopFuture<Void> {
  ClientBootstrap(group: client.eventLoop)
    .channelOption(.autoRead, value: false)
    .connect(host: host, port: port)
    .flatMapThrowing { server in
      state.track(client)
      state.track(server)
      try client.pipeline.syncOperations.addHandler(RelayHandler(.request, to: server, state))
      try server.pipeline.syncOperations.addHandler(RelayHandler(.reply, to: client, state))
      server.read()
    }
}
