internal import PostgresClient

/// Accounts that are gone here and not yet at the notifier.
struct RemovalStore: Sendable {
  let pool: PostgresPool

  /// How long another gateway may still have taken requests of an account that is gone; see `CredentialCache`.
  static let settling = Duration.seconds(30)

  struct Due: Sendable {
    var account: Int64
    /// Whether nothing can be added any more while it is removed.
    var isSettled: Bool
  }

  /// Takes removals that are due; they are this process's for a minute.
  func take(limit: Int) async throws -> [Due] {
    // Index account_removal_due.
    let rows = try await pool.query(
      """
      UPDATE account_removal SET attempts = attempts + 1,
        due_at = now() + greatest(60, least(5 * power(2, least(attempts, 10)), 3600)) * interval '1 second'
      WHERE account_id IN (
        SELECT account_id FROM account_removal WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
      RETURNING account_id, created_at < now() - $2 * interval '1 second'
      """, [limit, Self.settling.secondsValue])
    return try rows.map { row in Due(account: try row.column(0), isSettled: try row.column(1)) }
  }

  func done(_ account: Int64) async throws {
    try await pool.execute("DELETE FROM account_removal WHERE account_id = $1", [account])
  }
}
