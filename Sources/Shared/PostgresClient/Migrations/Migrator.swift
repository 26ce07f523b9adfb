/// Brings a service's schema to the program's state.
///
/// Each migration runs in a transaction of its own that holds an advisory lock and records the migration with its
/// SHA-256 in `<schema>.schema_migrations`. Programs that start together wait for one another, and all but one find
/// nothing left to do.
package struct Migrator: Sendable {
  private let migrations: [Migration]
  private let schema: String

  /// - Parameters:
  ///   - migrations: in any order, numbered from 1 without gaps.
  ///   - schema: made when it is missing; the statements run with it as their `search_path`.
  /// - Throws: `PostgresError` `.migration` when numbers are missing or double.
  package init(_ migrations: [Migration], schema: String) throws(PostgresError) {
    self.migrations = try Migration.validated(migrations)
    guard !schema.contains(".") else { throw PostgresError(.invalidParameter, "a schema's name has no dot here") }
    self.schema = schema
  }

  /// Applies what is missing.
  /// - Parameter timeout: for each migration, waiting for other programs included.
  /// - Returns: the labels of those applied now.
  /// - Throws: `PostgresError` `.migration` when an applied file was edited or renamed, the database is ahead of the
  ///   program, or a migration fails (its cause says why; nothing of it remains).
  @discardableResult
  package func run(on pool: PostgresPool, timeout: Duration = .seconds(600)) async throws -> [String] {
    var applied: [String] = []
    while let label = try await step(pool, timeout) { applied.append(label) }
    return applied
  }

  private struct Record {
    var number: Int
    var name: String
    var checksum: [UInt8]
  }

  /// Checks what is applied, and applies one more.
  /// - Returns: its label, nil when none was missing.
  private func step(_ pool: PostgresPool, _ timeout: Duration) async throws -> String? {
    try await pool.withTransaction { transaction in
      try await transaction.advisoryLock(lockKey, timeout: timeout)
      let records = try await prepare(transaction)
      try await check(records, transaction)
      guard records.count < migrations.count else { return nil }
      let next = migrations[records.count]
      try await apply(next, transaction, timeout)
      return next.label
    }
  }

  private func prepare(_ transaction: PostgresTransaction) async throws -> [Record] {
    let quoted = try quotedIdentifier(schema)
    let exists = try await transaction.query(
      "SELECT to_regclass($1) IS NOT NULL, EXISTS (SELECT FROM pg_namespace WHERE nspname = $2)",
      ["\(quoted).schema_migrations", schema])
    let (hasTable, hasSchema) = try exists.decode((Bool, Bool).self).first ?? (false, false)
    // Asked for first, since IF NOT EXISTS wants the right to create even where there is nothing to create.
    if !hasSchema { try await transaction.execute("CREATE SCHEMA \(quoted)") }
    if !hasTable {
      try await transaction.execute(
        """
        CREATE TABLE \(quoted).schema_migrations (
          number integer PRIMARY KEY,
          name text NOT NULL,
          checksum bytea NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now()
        )
        """)
      return []
    }
    let rows = try await transaction.query(
      "SELECT number, name, checksum FROM \(quoted).schema_migrations ORDER BY number")
    return try rows.decode((Int, String, [UInt8]).self).map { Record(number: $0.0, name: $0.1, checksum: $0.2) }
  }

  private func check(_ records: [Record], _ transaction: PostgresTransaction) async throws {
    for (index, record) in records.enumerated() {
      let label = Migration(number: record.number, name: record.name, sql: "").label
      guard record.number == index + 1 else {
        throw PostgresError(.migration, "schema \(schema): number \(index + 1) was never applied, but \(label) was")
      }
      guard index < migrations.count else {
        throw PostgresError(
          .migration,
          "schema \(schema) is at \(label), ahead of this program, which knows \(migrations.count): run a newer program"
        )
      }
      let migration = migrations[index]
      guard record.name == migration.name else {
        throw PostgresError(
          .migration, "schema \(schema): \(label) was applied, but the file is now called \(migration.label)")
      }
      let sum = try await transaction.query("SELECT sha256($1)", [Array(migration.sql.utf8)]).scalar([UInt8].self)
      guard sum == record.checksum else {
        throw PostgresError(
          .migration, "schema \(schema): \(label) was edited after it was applied: restore it and add a new migration")
      }
    }
  }

  private func apply(_ migration: Migration, _ transaction: PostgresTransaction, _ timeout: Duration) async throws {
    do {
      try await transaction.execute("SET LOCAL search_path TO \(try quotedIdentifier(schema))")
      try await transaction.runScript(migration.sql, timeout: timeout)
      try await transaction.execute(
        "INSERT INTO \(try quotedIdentifier(schema)).schema_migrations (number, name, checksum) "
          + "VALUES ($1, $2, sha256($3))",
        [Int32(migration.number), migration.name, Array(migration.sql.utf8)])
    } catch let error as PostgresError {
      throw PostgresError(.migration, "schema \(schema): \(migration.label) failed", cause: error)
    }
  }

  /// One lock for each schema (FNV-1a of a name that nothing else uses).
  private var lockKey: Int64 {
    let hash = "fiyatradari.migrations.\(schema)".utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return Int64(bitPattern: hash)
  }
}
