internal import PostgresClient

/// API keys.
struct KeyStore: Sendable {
  let pool: PostgresPool

  /// Keys of one account that are not revoked.
  static let maximum = 25

  struct New: Sendable {
    var name: String
    var scopes: [Scope]
    var expiresAt: Timestamp?
  }

  /// - Returns: nil when the account has as many as it may.
  func add(_ key: SecretToken, _ new: New, of account: Int64) async throws -> KeyRecord? {
    try await pool.withTransaction { transaction in
      // One account's requests one after the other, so that the count holds. Index api_key_account.
      try await transaction.query("SELECT FROM account WHERE id = $1 FOR UPDATE", [account])
      return try await transaction.query(
        """
        INSERT INTO api_key (account_id, name, prefix, hash, scopes, expires_at)
        SELECT $1, $2, $3, $4, $5, $6
        WHERE (SELECT count(*) FROM api_key
          WHERE account_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())) < $7
        RETURNING \(KeyRecord.columns)
        """,
        [account, new.name, key.shownPrefix, key.hash, new.scopes.map(\.rawValue), new.expiresAt, Self.maximum]
      ).first.map { row in try KeyRecord(row) }
    }
  }

  /// Keys before the one with this id, newest first.
  /// - Parameter account: nil for those of all.
  func list(of account: Int64?, before: Int64? = nil, limit: Int) async throws -> [KeyRecord] {
    // Index api_key_account, or the primary key.
    let condition = account == nil ? "$3::bigint IS NULL" : "account_id = $3"
    return try await pool.read(
      "SELECT \(KeyRecord.columns) FROM api_key WHERE id < $1 AND \(condition) ORDER BY id DESC LIMIT $2",
      [before ?? .max, limit, account], from: .primary
    ).map { row in try KeyRecord(row) }
  }

  /// - Parameter account: nil for anybody's.
  /// - Returns: whether there is such a key; one that is revoked already stays so.
  func revoke(_ id: Int64, of account: Int64?) async throws -> Bool {
    let condition = account == nil ? "$2::bigint IS NULL" : "account_id = $2"
    return try await pool.execute(
      "UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 AND \(condition)", [id, account]) > 0
  }

  /// A key, whosever it is; nil where there is none.
  func find(_ id: Int64) async throws -> KeyRecord? {
    try await pool.read("SELECT \(KeyRecord.columns) FROM api_key WHERE id = $1", [id], from: .primary)
      .first.map { row in try KeyRecord(row) }
  }

  func setTier(_ tier: Int16, of id: Int64) async throws -> KeyRecord? {
    try await pool.query(
      "UPDATE api_key SET tier = $2 WHERE id = $1 RETURNING \(KeyRecord.columns)", [id, tier]
    ).first.map { row in try KeyRecord(row) }
  }
}
