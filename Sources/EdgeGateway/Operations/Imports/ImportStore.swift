internal import PostgresClient

/// Where imports are kept.
protocol ImportLog: Sendable {
  /// - Returns: its id.
  func begin(_ record: ImportRecord) async throws -> Int64
  func update(_ record: ImportRecord, hasEnded: Bool) async throws
}

/// Imports in the database: every gateway shows those of all.
struct ImportStore: ImportLog {
  /// How many are kept.
  static let maximum = 100

  let pool: PostgresPool

  func begin(_ record: ImportRecord) async throws -> Int64 {
    let id = try await pool.query(
      "INSERT INTO import_run (file_name, shop, bytes) VALUES ($1, $2, $3) RETURNING id",
      [record.fileName, record.shop, record.bytes]
    ).scalar(Int64.self)
    guard let id else { throw PostgresError(.decoding, "an insertion returned no id") }
    try await pool.execute("DELETE FROM import_run WHERE id <= $1", [id - Int64(Self.maximum)])
    return id
  }

  func update(_ record: ImportRecord, hasEnded: Bool) async throws {
    try await pool.execute(
      """
      UPDATE import_run SET done_bytes = $2, row_count = $3, created = $4, updated = $5, unchanged = $6, rejected = $7,
        fault_lines = $8, fault_reasons = $9, failure = $10, seen_at = now(),
        ended_at = CASE WHEN $11 THEN now() END
      WHERE id = $1
      """,
      [
        record.id, record.doneBytes, record.rows, record.created, record.updated, record.unchanged, record.rejected,
        record.faults.map(\.line), record.faults.map(\.reason), record.failure, hasEnded,
      ])
  }

  func find(_ id: Int64) async throws -> ImportRecord? {
    try await pool.read("SELECT \(ImportRecord.columns) FROM import_run WHERE id = $1", [id], from: .primary)
      .first.map { row in try ImportRecord(row) }
  }

  /// Newest first. There are never many.
  func list(limit: Int) async throws -> [ImportRecord] {
    try await pool.read(
      "SELECT \(ImportRecord.columns) FROM import_run ORDER BY id DESC LIMIT $1", [limit], from: .primary
    ).map { row in try ImportRecord(row) }
  }
}
