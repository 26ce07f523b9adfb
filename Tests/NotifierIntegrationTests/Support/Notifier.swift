import Logging
import MeshMessages
import MeshRPC
import NIOCore
import NIOPosix
import PostgresClient
import ProtobufBridge
import ServiceKit
import TestSupport

@testable import NotifierService

let secretKey = String(repeating: "0123456789abcdef", count: 4)

let quiet: Logger = {
  var logger = Logger(label: "notifier-tests")
  logger.logLevel = .critical
  return logger
}()

/// Tests share a server, each in a database of its own; those that break a server start their own.
enum Servers {
  /// A connection string of a fresh database.
  static func database(on server: PrivatePostgres) async throws -> String {
    let name = "notifier_\(UInt64.random(in: 0 ... .max))"
    let admin = try PostgresPool(PostgresPoolConfiguration(primary: try PostgresDSN(server.dsn())))
    try await admin.execute("CREATE DATABASE \(name)")
    await admin.close()
    return server.dsn(database: name) + " options='-c search_path=notifier'"
  }
}

/// A pool on a database, with the schema in place.
func withStore<Value>(
  _ dsn: String? = nil, _ body: (PostgresPool, String) async throws -> Value
) async throws -> Value {
  let dsn = if let dsn { dsn } else { try await Servers.database(on: try await PrivatePostgres.shared()) }
  let pool = try PostgresPool(PostgresPoolConfiguration(primary: try PostgresDSN(dsn)))
  do {
    let migrations = NotifierService.description.migrations ?? []
    try await Migrator(
      migrations.enumerated().map { index, file in
        Migration(
          number: index + 1, name: String(file.name.dropFirst(5).dropLast(4)),
          sql: String(decoding: file.bytes, as: UTF8.self))
      }, schema: "notifier"
    ).run(on: pool)
    let value = try await body(pool, dsn)
    await pool.close(grace: .zero)
    return value
  } catch {
    await pool.close(grace: .zero)
    throw error
  }
}

/// The whole service, with stand-ins for Telegram and pricing.
struct Notifier: Sendable {
  let client: NotifierV1.NotifierService.Client
  let telegram: TelegramStandIn
  let pricing: PricingStandIn
  let pool: PostgresPool

  static func run(
    _ dsn: String? = nil, _ more: [String: String] = [:], _ body: @escaping @Sendable (Notifier) async throws -> Void
  ) async throws {
    try await TelegramStandIn.withServer { telegram in
      try await PricingStandIn.withServer { pricing, address in
        try await withStore(dsn) { pool, dsn in
          var values = [
            "DATABASE_URL": dsn, "SECRET_KEYS": secretKey, "TELEGRAM_TOKEN": "7:test", "TELEGRAM_URL": telegram.url,
            "OUTBOUND_ALLOW": "127.0.0.0/8", "PRICING_ADDRESS": address, "TELEGRAM_BOT": "false",
            "TELEGRAM_RATE": "1000",
          ]
          values.merge(more) { $1 }
          try await ServiceRun.withService(NotifierService.self, values, logger: quiet) { run in
            try await run.waitUntilReady()
            let port = run.addresses?.listen.port ?? 0
            let channel = RPCChannel(
              provider: ConnectionPool(
                configuration: .init(target: try Target("127.0.0.1:\(port)")),
                group: MultiThreadedEventLoopGroup.singleton, logger: quiet))
            do {
              try await body(
                Notifier(
                  client: NotifierV1.NotifierService.Client(channel), telegram: telegram, pricing: pricing, pool: pool))
              await channel.shutdown()
            } catch {
              await channel.shutdown()
              throw error
            }
          }
        }
      }
    }
  }

  /// A verified chat, past the RPCs.
  @discardableResult
  func chat(_ chat: Int, of subscriber: String) async throws -> Int64 {
    try await pool.query(
      """
      INSERT INTO channel (subscriber, kind, address, verified_at) VALUES ($1, 1, $2, now()) RETURNING id
      """, [subscriber, String(chat)]
    ).scalar(Int64.self) ?? 0
  }

  /// An alert at 1.000 TL on product 3.
  @discardableResult
  func target(_ subscriber: String, product: Int64 = 3, kurus: Int64 = 100_000) async throws -> NotifierV1.Alert {
    try await client.createAlert(
      .with {
        $0.alert = .with { alert in
          alert.subscriber = subscriber
          alert.subject = .productId(product)
          alert.rule = .targetPrice(.with { $0.price = lira(kurus) })
        }
      })
  }

  func count(_ sql: String) async throws -> Int { try await pool.query(sql).scalar(Int.self) ?? 0 }
}
