internal import PostgresClient

/// Sessions: who has signed in, and until when it holds.
struct SessionStore: Sendable {
  let pool: PostgresPool
  let lifetimes: SessionLifetimes

  /// Sessions of one account; the one that was not used for longest goes when another begins.
  static let maximum = 50

  /// Where a session begins.
  struct Origin: Sendable {
    var byCookie: Bool
    var clientAddress: String
    var userAgent: String
  }

  func add(
    _ token: SecretToken, of account: Int64, _ origin: Origin, in transaction: PostgresTransaction
  ) async throws -> SessionRecord? {
    // Index session_account.
    try await transaction.execute(
      """
      DELETE FROM session WHERE id IN (
        SELECT id FROM session WHERE account_id = $1 ORDER BY last_used_at DESC OFFSET $2)
      """, [account, Self.maximum - 1])
    return try await transaction.query(
      """
      INSERT INTO session (account_id, token_hash, by_cookie, expires_at, client_address, user_agent)
      VALUES ($1, $2, $3, now() + $4 * interval '1 second', $5, $6) RETURNING \(SessionRecord.columns)
      """,
      [
        account, token.hash, origin.byCookie, lifetimes.absolute.secondsValue, origin.clientAddress, origin.userAgent,
      ]
    ).first.map { row in try SessionRecord(row) }
  }

  /// Those that an account may still use, newest first.
  func list(of account: Int64) async throws -> [SessionRecord] {
    try await pool.read(
      """
      SELECT \(SessionRecord.columns) FROM session
      WHERE account_id = $1 AND expires_at > now() AND last_used_at > now() - $2 * interval '1 second'
      ORDER BY id DESC LIMIT $3
      """, [account, lifetimes.idle.secondsValue, Self.maximum], from: .primary
    ).map { row in try SessionRecord(row) }
  }

  func find(_ id: Int64, of account: Int64) async throws -> SessionRecord? {
    try await pool.read(
      "SELECT \(SessionRecord.columns) FROM session WHERE id = $1 AND account_id = $2", [id, account], from: .primary
    ).first.map { row in try SessionRecord(row) }
  }

  /// - Returns: whether there was one.
  func end(_ id: Int64, of account: Int64) async throws -> Bool {
    try await pool.execute("DELETE FROM session WHERE id = $1 AND account_id = $2", [id, account]) > 0
  }

  /// Ends all sessions of an account.
  /// - Parameter kept: the one that stays.
  /// - Returns: how many.
  @discardableResult
  func endAll(of account: Int64, but kept: Int64? = nil) async throws -> Int {
    try await pool.execute("DELETE FROM session WHERE account_id = $1 AND id <> $2", [account, kept ?? 0])
  }

  /// The same, in a transaction that does more.
  func endAll(of account: Int64, but kept: Int64? = nil, in transaction: PostgresTransaction) async throws {
    try await transaction.execute("DELETE FROM session WHERE account_id = $1 AND id <> $2", [account, kept ?? 0])
  }

  /// Replaces a cookie's token that is due for it.
  /// - Returns: the new one; nil when another request was first, or it is not due.
  func rotate(_ id: Int64, from hash: [UInt8]) async throws -> SecretToken? {
    let token = try SecretToken.make(.session)
    let changed = try await pool.execute(
      """
      UPDATE session SET previous_hash = token_hash, previous_until = now() + $4 * interval '1 second', token_hash = $3,
        rotated_at = now()
      WHERE id = $1 AND token_hash = $2 AND rotated_at < now() - $5 * interval '1 second'
      """, [id, hash, token.hash, lifetimes.grace.secondsValue, lifetimes.rotation.secondsValue])
    return changed > 0 ? token : nil
  }
}
