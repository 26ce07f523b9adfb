import HTTPTransport
import Logging
import MeshRPC
import NIOCore
import NIOPosix

/// What carries the calls of a test.
enum Carrier: String, CaseIterable, Sendable {
  /// `InProcessConnection`.
  case inProcess
  /// `HTTPServer` and `ConnectionPool` over a socket of this machine.
  case loopback

  /// Runs `body` with a channel to a server of these methods, and ends both.
  func run(
    _ methods: [MethodHandler], interceptors: [any ServerInterceptor] = [],
    server: (inout RPCServerConfiguration) -> Void = { _ in },
    channel: (inout RPCChannel.Configuration) -> Void = { _ in },
    _ body: (RPCChannel) async throws -> Void
  ) async throws {
    var serverConfiguration = RPCServerConfiguration()
    server(&serverConfiguration)
    let rpc = try RPCServer(
      services: [ServiceDefinition(name: Probe.service, methods: methods)], interceptors: interceptors,
      configuration: serverConfiguration)
    try await run(rpc, channel: channel, body)
  }

  func run(
    _ rpc: RPCServer, channel: (inout RPCChannel.Configuration) -> Void = { _ in },
    _ body: (RPCChannel) async throws -> Void
  ) async throws {
    var configuration = RPCChannel.Configuration()
    channel(&configuration)
    switch self {
    case .inProcess:
      let connection = InProcessConnection(handler: rpc, eventLoop: Loops.next)
      let channel = RPCChannel(provider: InProcessConnectionProvider(connection), configuration: configuration)
      try await Self.ending(channel, body)
    case .loopback:
      let server = try await LoopbackServer.start(rpc)
      let pool = try ConnectionPool(to: [server])
      let channel = RPCChannel(provider: pool, configuration: configuration)
      do {
        try await Self.ending(channel, body)
      } catch {
        await server.stop()
        throw error
      }
      await server.stop()
    }
  }

  static func ending(_ channel: RPCChannel, _ body: (RPCChannel) async throws -> Void) async throws {
    do {
      try await body(channel)
    } catch {
      await channel.shutdown()
      throw error
    }
    await channel.shutdown()
  }
}

enum Loops {
  static let group = MultiThreadedEventLoopGroup.singleton
  static var next: any EventLoop { group.next() }
  static let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
}

/// An `HTTPServer` on a free port, or on one address again.
struct LoopbackServer: Sendable {
  let address: SocketAddress
  let http: HTTPServer

  static func start(
    _ handler: any HTTPRequestHandler, at address: HTTPServerConfiguration.Address = .hostPort("127.0.0.1", 0),
    tls: TLSServerConfiguration? = nil
  ) async throws -> LoopbackServer {
    var configuration = HTTPServerConfiguration(address: address)
    configuration.tls = tls
    let http = HTTPServer(
      configuration: configuration, handler: handler, group: Loops.group, logger: Loops.silent)
    return LoopbackServer(address: try await http.start(), http: http)
  }

  /// A server of these methods.
  static func start(_ methods: [MethodHandler]) async throws -> LoopbackServer {
    try await start(RPCServer(services: [ServiceDefinition(name: Probe.service, methods: methods)]))
  }

  func stop(grace: TimeAmount = .zero) async { await http.shutdown(grace: grace) }
}

extension ConnectionPool {
  /// A pool over these servers.
  convenience init(
    to servers: [LoopbackServer], policy: LoadBalancingPolicy = .pickFirst, logger: Logger = Loops.silent,
    _ change: (inout Configuration) -> Void = { _ in }
  ) throws {
    var configuration = Configuration(target: try Target("localhost:1"))
    configuration.policy = policy
    configuration.backoff = .init(initial: .milliseconds(10), maximum: .milliseconds(50))
    change(&configuration)
    self.init(
      configuration: configuration, resolver: StaticNameResolver(servers.map(\.address)), group: Loops.group,
      logger: logger)
  }
}
