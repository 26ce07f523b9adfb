import EventLog
import PostgresClient

/// The catalogue's tables. Each write is one transaction together with the events that tell of it.
struct CatalogStore: Sendable {
  let pool: PostgresPool
  let outbox: Outbox
  let commonWords = CommonWordsBoard()

  static let schema = "catalog"

  init(pool: PostgresPool) {
    self.pool = pool
    outbox = Outbox(schema: Self.schema)
  }

  /// Writes that make or match products take this lock, so that two of them never make the same one twice. Reads and
  /// prices do not wait for it.
  private static let writeLock: Int64 = 0x6361_7461_6C6F_6731

  /// Runs a write.
  /// - Throws: what `body` throws, `PostgresError`.
  func write<Value>(_ body: (PostgresTransaction) async throws -> Value) async throws -> Value {
    try await pool.withTransaction(retries: .serializationFailures) { transaction in
      try await transaction.advisoryLock(Self.writeLock)
      return try await body(transaction)
    }
  }
}
