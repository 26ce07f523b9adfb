internal import PostgresClient

/// The tokens that mails bring to their recipients.
struct MailTokenStore: Sendable {
  enum Purpose: Int16, Sendable {
    case verification = 1
    case reset = 2

    var lifetime: Duration { self == .verification ? .seconds(2 * 86_400) : .seconds(3600) }
  }

  /// Mails of one purpose to one account in an hour.
  static let hourly = 3

  /// - Parameter passwordHash: what verification makes the account's password.
  /// - Returns: whether it was kept; not when the account got so many of them within an hour.
  func add(
    _ token: SecretToken, _ purpose: Purpose, to account: Int64, passwordHash: String?,
    in transaction: PostgresTransaction
  ) async throws -> Bool {
    // Index account_token_account. The caller holds the account's lock, so that the count holds.
    try await transaction.execute(
      """
      INSERT INTO account_token (hash, account_id, purpose, password_hash, expires_at)
      SELECT $1, $2, $3, $4, now() + $5 * interval '1 second'
      WHERE (SELECT count(*) FROM account_token
        WHERE account_id = $2 AND purpose = $3 AND created_at > now() - interval '1 hour') < $6
      """,
      [token.hash, account, purpose.rawValue, passwordHash, purpose.lifetime.secondsValue, Self.hourly]) > 0
  }

  /// Whether a token is good, without using it.
  func isGood(_ token: SecretToken, _ purpose: Purpose, _ pool: PostgresPool) async throws -> Bool {
    try await pool.read(
      "SELECT EXISTS (SELECT FROM account_token WHERE hash = $1 AND purpose = $2 AND expires_at > now())",
      [token.hash, purpose.rawValue], from: .primary
    ).scalar(Bool.self) ?? false
  }

  /// Verifies the address of a token's account, once.
  /// - Returns: whether the token was good.
  func verify(_ token: SecretToken, in transaction: PostgresTransaction) async throws -> Bool {
    guard let (account, passwordHash) = try await use(token, .verification, in: transaction) else { return false }
    try await transaction.execute(
      """
      UPDATE account SET verified_at = now(), password_hash = coalesce($2, password_hash)
      WHERE id = $1 AND verified_at IS NULL
      """, [account, passwordHash])
    try await transaction.execute(
      "DELETE FROM account_token WHERE account_id = $1 AND purpose = $2", [account, Purpose.verification.rawValue])
    return true
  }

  /// Gives a token's account another password, ends its sessions, and forgets all of its tokens.
  /// - Returns: the account; nil when the token was not good.
  func reset(
    _ token: SecretToken, passwordHash: String, in transaction: PostgresTransaction
  ) async throws -> AccountRecord? {
    guard let (id, _) = try await use(token, .reset, in: transaction) else { return nil }
    // Who can read the address's mail has shown that it is his.
    let row = try await transaction.query(
      """
      UPDATE account SET password_hash = $2, verified_at = coalesce(verified_at, now())
      WHERE id = $1 AND disabled_at IS NULL RETURNING \(AccountRecord.columns)
      """, [id, passwordHash]
    ).first
    guard let row else { return nil }
    try await transaction.execute("DELETE FROM account_token WHERE account_id = $1", [id])
    try await transaction.execute("DELETE FROM session WHERE account_id = $1", [id])
    return try AccountRecord(row)
  }

  /// Takes a token away; of several who bring it at once one gets it.
  private func use(
    _ token: SecretToken, _ purpose: Purpose, in transaction: PostgresTransaction
  ) async throws -> (account: Int64, passwordHash: String?)? {
    try await transaction.query(
      """
      DELETE FROM account_token WHERE hash = $1 AND purpose = $2 AND expires_at > now()
      RETURNING account_id, password_hash
      """, [token.hash, purpose.rawValue]
    ).decode((Int64, String?).self).first.map { (account: $0.0, passwordHash: $0.1) }
  }
}
