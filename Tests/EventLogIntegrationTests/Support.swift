import EventLog
import EventLogRPC
import HTTPTransport
import Logging
import MeshMessages
import MeshRPC
import NIOCore
import NIOPosix
import PostgresClient
import ProtobufBridge
import TestSupport

/// A server that many tests share, each in schemas of its own; tests that break a server start their own.
enum Servers {
  private static let task = Task { try await PrivatePostgres.start() }

  static func shared() async throws -> PrivatePostgres { try await task.value }
}

let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

/// Runs `body` with a pool on `dsn` and closes it.
@discardableResult
func withPool<Value>(
  _ dsn: String, _ configure: (inout PostgresPoolConfiguration) -> Void = { _ in },
  _ body: (PostgresPool) async throws -> Value
) async throws -> Value {
  var configuration = PostgresPoolConfiguration(primary: try PostgresDSN(dsn))
  configure(&configuration)
  let pool = try PostgresPool(configuration)
  do {
    let value = try await body(pool)
    await pool.close()
    return value
  } catch {
    await pool.close(grace: .zero)
    throw error
  }
}

/// Makes a role without any right but on the schema of its name, and applies both ends' tables as that role.
func makeService(_ name: String, on server: PrivatePostgres) async throws {
  try await withPool(server.dsn()) { admin in
    try await admin.execute("CREATE ROLE \(name) LOGIN")
    try await admin.execute("CREATE SCHEMA \(name) AUTHORIZATION \(name)")
  }
  try await withPool(server.dsn(user: name)) { pool in
    let migrations = [
      Migration(number: 1, name: "outbox", sql: EventLogSchema.outbox(schema: name)),
      Migration(number: 2, name: "inbox", sql: EventLogSchema.inbox(schema: name)),
    ]
    try await Migrator(migrations, schema: name).run(on: pool)
  }
}

/// Runs `body` with a service of this name on the shared server and a pool in its role.
func withService(_ name: String, _ body: (PostgresPool) async throws -> Void) async throws {
  let server = try await Servers.shared()
  try await makeService(name, on: server)
  try await withPool(server.dsn(user: name), { $0.maximumConnections = 12 }, body)
}

/// An event that says which number it has.
func numbered(_ number: Int64, key: Int64) throws -> OutboxEvent {
  let change = PricingV1.PriceChanged(listingId: key, productId: number)
  return OutboxEvent(key: key, payload: try PricingV1.PricingEvent(change: .priceChanged(change)).serializedBytes())
}

extension PricingV1.PricingEvent {
  /// The number that `numbered` gave it.
  var number: Int64 { if case .priceChanged(let change) = change { change.productId } else { -1 } }
  var key: Int64 { if case .priceChanged(let change) = change { change.listingId } else { -1 } }
}

extension StoredEvent {
  var number: Int64 { (try? PricingV1.PricingEvent(wire: payload).number) ?? -1 }
}

extension PostgresPool {
  /// Where the log's last event stands, whether or not it can be read yet: other tests' transactions hold it back, too.
  func lastPosition(_ schema: String) async throws -> EventPosition {
    let rows = try await read(
      "SELECT transaction, sequence FROM \(schema).event_log ORDER BY transaction DESC, sequence DESC LIMIT 1")
    return try rows.decode((UInt64, Int64).self).map { EventPosition(transaction: $0.0, sequence: $0.1) }.first
      ?? .start
  }

  /// Appends events in a transaction of their own.
  func append(_ outbox: Outbox, _ events: [OutboxEvent]) async throws {
    try await withTransaction { try await outbox.append(events, in: $0) }
  }
}

/// Ends a stream that has shown what it should.
struct Enough: Error {}

extension EventFeed {
  /// Reads until `isEnough` says so of what has come so far.
  func collect(
    after: EventPosition = .start, partitions: Set<Int> = [], maxBatchSize: Int = 500,
    until isEnough: ([StoredEvent], EventPosition) -> Bool
  ) async throws -> (events: [StoredEvent], horizon: EventPosition) {
    var collected: [StoredEvent] = []
    var last = EventPosition.start
    do {
      try await stream(after: after, partitions: partitions, maxBatchSize: maxBatchSize) { events, horizon in
        collected += events
        last = horizon
        if isEnough(collected, horizon) { throw Enough() }
      }
    } catch is Enough {}
    return (collected, last)
  }
}

/// Runs `body` while `background` runs, and ends that with it.
func running<Value>(
  _ background: @escaping @Sendable () async throws -> Void, _ body: () async throws -> Value
) async throws -> Value {
  let task = Task { try await background() }
  do {
    let value = try await body()
    task.cancel()
    _ = await task.result
    return value
  } catch {
    task.cancel()
    _ = await task.result
    throw error
  }
}

/// A feed served over a socket of this machine.
struct FeedServer {
  let http: HTTPServer
  let port: Int

  static func start(_ feed: EventFeed) async throws -> FeedServer {
    let rpc = try RPCServer(services: [
      ServiceDefinition(
        name: PricingV1.PricingService.name,
        methods: [
          .serverStreaming(PricingV1.PricingService.Methods.subscribe) { request, responses, _ in
            try await feed.serve(request, to: responses)
          }
        ])
    ])
    let http = HTTPServer(
      configuration: HTTPServerConfiguration(address: .hostPort("127.0.0.1", 0)), handler: rpc,
      group: MultiThreadedEventLoopGroup.singleton, logger: silent)
    let address = try await http.start()
    return FeedServer(http: http, port: address.port ?? 0)
  }

  static func channel(port: Int) throws -> RPCChannel {
    var configuration = ConnectionPool.Configuration(target: try Target("ipv4:127.0.0.1:\(port)"))
    configuration.backoff = .init(initial: .milliseconds(10), maximum: .milliseconds(100))
    return RPCChannel(
      provider: ConnectionPool(
        configuration: configuration, group: MultiThreadedEventLoopGroup.singleton, logger: silent))
  }

  /// Runs `body` with a channel to a server of the feed, and ends both.
  static func serving(_ feed: EventFeed, _ body: (RPCChannel) async throws -> Void) async throws {
    let server = try await start(feed)
    let channel = try channel(port: server.port)
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(channel)) } catch { outcome = .failure(error) }
    await channel.shutdown()
    await server.http.shutdown(grace: .zero)
    try outcome.get()
  }
}
