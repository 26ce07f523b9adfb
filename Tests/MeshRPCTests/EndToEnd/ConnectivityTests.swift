import Foundation
import HTTPTransport
import Logging
import MeshRPC
import NIOCore
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ConnectivityTests {
  @Test("Without a server a call fails at once and says what it tried")
  func failFast() async throws {
    let channel = RPCChannel(provider: try ConnectionPool(toUnixSocket: "/nonexistent/socket"))
    try await Carrier.ending(channel) { channel in
      let error = try await status { _ = try await channel.probe() }
      #expect(error?.code == .unavailable)
      #expect(error?.message == "cannot connect to /nonexistent/socket: No such file or directory")
    }
  }

  @Test("A call that waits for a connection gets one from a server that starts later")
  func waitForReady() async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString.prefix(8)).sock").path
    let failedOnce = Gate()
    let logger = Logger(label: "test", factory: { _ in SignallingLog(text: "cannot connect", gate: failedOnce) })
    let channel = RPCChannel(provider: try ConnectionPool(toUnixSocket: path, logger: logger))
    try await Carrier.ending(channel) { channel in
      var options = CallOptions()
      options.waitForReady = true
      async let answer = channel.probe("late", options: options)
      try await failedOnce.wait()
      let rpc = try RPCServer(services: [ServiceDefinition(name: Probe.service, methods: [Probe.echo])])
      let server = try await LoopbackServer.start(rpc, at: .unixSocket(path))
      #expect(try await answer == "late")
      await server.stop()
    }
  }

  @Test("A cancelled call stops waiting for a connection")
  func cancelledWait() async throws {
    let failedOnce = Gate()
    let logger = Logger(label: "test", factory: { _ in SignallingLog(text: "cannot connect", gate: failedOnce) })
    let channel = RPCChannel(provider: try ConnectionPool(toUnixSocket: "/nonexistent/socket", logger: logger))
    try await Carrier.ending(channel) { channel in
      var options = CallOptions()
      options.waitForReady = true
      let call = Task { [options] in try await channel.probe(options: options) }
      try await failedOnce.wait()
      call.cancel()
      let error = try await status { _ = try await call.value }
      #expect(error?.code == .cancelled)
    }
  }

  @Test("A server that greets and closes leaves no connection behind that later calls would wait on")
  func closesAfterGreeting() async throws {
    // An empty SETTINGS frame, which makes the connection ready, and the end of it.
    let greeting: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
    let listener = try await ServerBootstrap(group: Loops.group)
      .childChannelInitializer { channel in
        channel.eventLoop.execute {
          channel.writeAndFlush(ByteBuffer(bytes: greeting), promise: nil)
          channel.close(promise: nil)
        }
        return channel.eventLoop.makeSucceededVoidFuture()
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(listener.localAddress?.port)
    var configuration = ConnectionPool.Configuration(target: try Target("127.0.0.1:\(port)"))
    configuration.backoff = .init(initial: .milliseconds(1), maximum: .milliseconds(1))
    let pool = ConnectionPool(configuration: configuration, group: Loops.group, logger: Loops.silent)
    try await Carrier.ending(RPCChannel(provider: pool)) { channel in
      for _ in 1...100 {
        let error = try await status { _ = try await channel.probe() }
        #expect(error?.code == .unavailable)
      }
    }
    try await listener.close()
  }

  @Test("A channel that is shut down ends its calls and makes no more")
  func shutdown() async throws {
    let running = Gate()
    let cancelled = Gate()
    let handler = MethodHandler.unary(Probe.unary) { _, _ in
      running.open()
      return try await hang(cancelled)
    }
    let server = try await LoopbackServer.start([handler])
    let channel = RPCChannel(provider: try ConnectionPool(to: [server]))
    let call = Task { try await channel.probe() }
    try await running.wait()
    await channel.shutdown()
    let ended = try await status { _ = try await call.value }
    #expect(ended?.code == .unavailable)
    let refused = try await status { _ = try await channel.probe() }
    #expect(refused?.code == .unavailable)
    try await cancelled.wait()
    await server.stop()
  }
}

extension ConnectionPool {
  /// A pool whose only server listens, or not, at this path.
  convenience init(toUnixSocket path: String, logger: Logger = Loops.silent) throws {
    var configuration = Configuration(target: try Target("unix:\(path)"))
    configuration.backoff = .init(initial: .milliseconds(10), maximum: .milliseconds(50))
    self.init(configuration: configuration, group: Loops.group, logger: logger)
  }
}

/// Opens a gate when a line with a certain text is logged.
struct SignallingLog: LogHandler {
  let text: String
  let gate: Gate
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  init(text: String, gate: Gate) {
    self.text = text
    self.gate = gate
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    if "\(event.message)".contains(text) { gate.open() }
  }
}
