internal import PostgresClient

/// The sample's tables.
struct NoteStore: Sendable {
  let pool: PostgresPool

  func add(_ text: [UInt8]) async throws {
    try await pool.execute("INSERT INTO notes (text) VALUES ($1)", [text])
  }

  /// Index: the primary key.
  func beat() async throws {
    try await pool.execute(
      """
      INSERT INTO heartbeats (name, beats) VALUES ('sample', 1)
      ON CONFLICT (name) DO UPDATE SET beats = heartbeats.beats + 1
      """)
  }
}
