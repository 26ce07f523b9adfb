import HTTPTransport
import HTTPTypes
import Logging
import MeshRPC
import NIOCore
import NIOPosix
import PostgresClient
import RedisClient
import ServiceKit
import TraceContext

@testable import EdgeGateway

/// The whole gateway inside the process, over fake services.
struct GatewayFixture: Sendable {
  let services = FakeServices()
  let routes: [Route]
  let readiness = Readiness()
  let parts: GatewayParts
  let accounts: AccountParts
  /// Whose tokens and keys there are.
  let directory = FakeDirectory()
  let audit = RecordingAudit()
  let hub: LiveHub
  let backends: Backends
  let analytics: Analytics
  private let gateway: Gateway

  static let token = "0123456789abcdef-ayse"
  static let adminToken = "0123456789abcdef-admin"

  /// - Parameters:
  ///   - policies: none by default: nothing is limited.
  ///   - trustedProxies: the connections of `send` have no address; those of a real listener have.
  init(
    cache: CacheConfiguration = CacheConfiguration(), policies: [RateTier: RatePolicy] = [:],
    trustedProxies: [String] = [], connectionsPerAddress: Int = 0, internalKey: String? = nil, cors: [String] = [],
    redis: (any RedisCommands)? = nil, live: LiveConfiguration = LiveConfiguration(),
    tracer: Tracer? = nil
  ) throws {
    let channel = try services.channel()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    backends = Backends(
      catalog: channel, pricing: channel, notifier: channel, readTimeout: .seconds(10), writeTimeout: .seconds(10))
    accounts = try FakeAccounts.parts(directory, audit)
    let site = PageSite(base: "https://fiyat.example", imageOrigins: ["http://127.0.0.1:81"])
    let tokens = try AccessTokens(subscribers: ["ayse:" + Self.token], admin: SecretText(Self.adminToken))
    parts = GatewayParts(
      cache: cache, policies: policies,
      clients: ClientFinder(
        try ClientAddress(trusted: trustedProxies, field: .xForwardedFor),
        ConnectionPlaces(perAddress: connectionsPerAddress)),
      internalKey: try InternalKey(internalKey.map { SecretText($0) }, logger: logger),
      cors: try CORSPolicy(cors), redis: redis, logger: logger,
      // It stands still: what is granted anew with time is the limiter's own tests' to see.
      rateClock: { 1_000_000_000 })
    hub = LiveHub(live, group: MultiThreadedEventLoopGroup.singleton, pricing: backends.pricing, logger: logger)
    analytics = Analytics(
      pool: accounts.pool, logger: logger, clock: { Timestamp(microseconds: 1_764_000_030_000_000) })
    routes = EdgeGateway.routes(
      backends, accounts, parts, hub, site: site, tags: try AffiliateTags(["shop-a=tag=radar-21"]),
      analytics: analytics, readiness: readiness, now: { 1_764_000_030 })
    gateway = Gateway(
      router: Router(routes), middlewares: EdgeGateway.middlewares(tokens, accounts, parts, site: site, logger: logger),
      parts: parts, logger: logger, tracer: tracer)
  }

  struct Reply: Sendable {
    var status: Int
    var fields: HTTPFields
    var body: String

    subscript(_ name: String) -> String? { HTTPField.Name(name).flatMap { fields[$0] } }
  }

  /// Sends a request and gathers the answer.
  func send(
    _ method: String, _ path: String, _ fields: [(String, String)] = [], body: String? = nil
  ) async throws -> Reply {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let connection = InProcessConnection(handler: gateway, eventLoop: loop)
    return try await Self.ask(connection, loop, method, path, fields, body: body)
  }

  /// Opens a stream that has no end of its own.
  func open(_ path: String, _ fields: [(String, String)] = []) async throws -> OpenStream {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let connection = InProcessConnection(handler: gateway, eventLoop: loop)
    let open = OpenStream(loop, connection)
    var head = HeaderBlock([
      (":method", "GET"), (":scheme", "http"), (":authority", "localhost"), (":path", path),
    ])
    for (name, value) in fields { head.append(name, value) }
    try await loop.submit { [head] in
      _ = try connection.openStream(head: head, endStream: true, delegate: open)
    }.get()
    return open
  }

  static func ask(
    _ connection: any HTTPClientConnection, _ loop: any EventLoop, _ method: String, _ path: String,
    _ fields: [(String, String)], body: String?
  ) async throws -> Reply {
    let collector = Collector()
    var head = HeaderBlock([
      (":method", method), (":scheme", "http"), (":authority", "localhost"), (":path", path),
    ])
    for (name, value) in fields { head.append(name, value) }
    return try await withCheckedThrowingContinuation { continuation in
      loop.execute { [head] in
        collector.continuation = continuation
        do {
          let stream = try connection.openStream(head: head, endStream: body == nil, delegate: collector)
          if let body { stream.send(data: ByteBuffer(string: body), endStream: true) }
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
  }

  private final class Nobody: HTTPClientConnectionDelegate {
    func connectionIsGoingAway(
      _ connection: any HTTPClientConnection, code: HTTPTransport.HTTP2ErrorCode, debugData: String
    ) {}
    func connectionEnded(_ connection: any HTTPClientConnection, reason: HTTPTransportError?) {}
  }

  /// Listens on a port of the loopback address, and gives `body` a way to GET over one connection of HTTP/1.1.
  func listening<Result>(
    _ body: (_ get: (String, [(String, String)]) async throws -> Reply) async throws -> Result
  ) async throws -> Result {
    let group = MultiThreadedEventLoopGroup.singleton
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    var configuration = HTTPServerConfiguration(address: .hostPort("127.0.0.1", 0))
    // All tests run at once: it may be long until this one has its turn to send.
    configuration.timeouts.header = .minutes(10)
    let server = HTTPServer(configuration: configuration, handler: gateway, group: group, logger: logger)
    let address = try await server.start()
    let nobody = Nobody()
    do {
      let loop = group.next()
      let connection = try await HTTP1ClientConnection.connect(
        to: address, hostname: nil, configuration: .init(), executor: EventLoopExecutor(loop), delegate: nobody)
      let result = try await body { path, fields in
        try await Self.ask(connection, loop, "GET", path, fields, body: nil)
      }
      connection.close()
      await server.shutdown(grace: .zero)
      return result
    } catch {
      await server.shutdown(grace: .zero)
      throw error
    }
  }

  func get(_ path: String, _ fields: [(String, String)] = []) async throws -> Reply {
    try await send("GET", path, fields)
  }

  /// As the subscriber ayse, with a JSON body if there is one.
  func asSubscriber(_ method: String, _ path: String, body: String? = nil) async throws -> Reply {
    var fields = [("authorization", "Bearer " + Self.token)]
    if body != nil { fields.append(("content-type", "application/json")) }
    return try await send(method, path, fields, body: body)
  }

  /// As an operator, with a JSON body if there is one.
  func asAdmin(_ method: String, _ path: String, body: String? = nil) async throws -> Reply {
    var fields = [("authorization", "Bearer " + Self.adminToken)]
    if body != nil { fields.append(("content-type", "application/json")) }
    return try await send(method, path, fields, body: body)
  }
}

/// A response that goes on: what has come of it, and who waits for more.
final class OpenStream: HTTPStreamDelegate, @unchecked Sendable {
  private let loop: any EventLoop
  private let connection: InProcessConnection
  private var head = HeaderBlock()
  private var text = ""
  private var hasEnded = false
  private var waiting: [(until: @Sendable (String) -> Bool, promise: EventLoopPromise<String>)] = []

  init(_ loop: any EventLoop, _ connection: InProcessConnection) {
    self.loop = loop
    self.connection = connection
  }

  func streamReceived(head: HeaderBlock, endStream: Bool) { self.head = head }

  func streamReceived(data: ByteBuffer, endStream: Bool) {
    text += String(buffer: data)
    check()
  }

  func streamReceived(trailers: HeaderBlock) {}

  func streamClosed(_ reason: HTTPStreamCloseReason) {
    hasEnded = true
    check()
  }

  private func check() {
    let done = waiting.filter { hasEnded || $0.until(text) }
    waiting.removeAll { hasEnded || $0.until(text) }
    for waiter in done { waiter.promise.succeed(text) }
  }

  /// All that has come, once it is as wanted or the stream has ended.
  func received(until condition: @escaping @Sendable (String) -> Bool) async throws -> String {
    try await loop.flatSubmit {
      let promise = self.loop.makePromise(of: String.self)
      self.waiting.append((condition, promise))
      self.check()
      return promise.futureResult
    }.get()
  }

  func received(containing part: String) async throws -> String { try await received { $0.contains(part) } }

  /// The status and fields.
  var fields: HeaderBlock { get async throws { try await loop.submit { self.head }.get() } }

  func close() { connection.close() }
}

/// Gathers a response. Lives on its connection's loop.
private final class Collector: HTTPStreamDelegate, @unchecked Sendable {
  struct BrokenOff: Error { let reason: HTTPStreamCloseReason }

  var continuation: CheckedContinuation<GatewayFixture.Reply, any Error>?
  private var head = HeaderBlock()
  private var body = ByteBuffer()

  func streamReceived(head: HeaderBlock, endStream: Bool) { self.head = head }
  func streamReceived(data: ByteBuffer, endStream: Bool) { body.writeImmutableBuffer(data) }
  func streamReceived(trailers: HeaderBlock) {}

  func streamClosed(_ reason: HTTPStreamCloseReason) {
    guard let status = head[":status"].flatMap({ Int($0) }) else {
      continuation?.resume(throwing: BrokenOff(reason: reason))
      return
    }
    continuation?.resume(
      returning: GatewayFixture.Reply(status: status, fields: head.httpFields, body: String(buffer: body)))
  }
}

extension HTTPConnectionInfo {
  /// The gateway's own.
  static var inside: HTTPConnectionInfo {
    HTTPConnectionInfo(
      version: .http2, remoteAddress: nil, localAddress: nil, peerIdentity: nil, isSecure: false,
      executor: EventLoopExecutor(MultiThreadedEventLoopGroup.singleton.next()))
  }
}
