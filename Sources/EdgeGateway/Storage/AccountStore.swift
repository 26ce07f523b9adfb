package import PostgresClient

/// Accounts and the tokens of their mails.
package struct AccountStore: Sendable {
  let pool: PostgresPool

  package init(pool: PostgresPool) { self.pool = pool }

  /// What an attempt to sign in is judged by.
  struct Credentials: Sendable {
    var account: AccountRecord
    var passwordHash: String
  }

  /// The account of an address.
  func credentials(_ address: EmailAddress, in transaction: PostgresTransaction) async throws -> Credentials? {
    try await transaction.query(
      "SELECT \(AccountRecord.columns), password_hash FROM account WHERE email_key = $1", [address.key]
    ).first.map { row in Credentials(account: try AccountRecord(row), passwordHash: try row.column(8)) }
  }

  /// An account that is not disabled, by its id.
  func credentials(_ id: Int64, in transaction: PostgresTransaction) async throws -> Credentials? {
    try await transaction.query(
      "SELECT \(AccountRecord.columns), password_hash FROM account WHERE id = $1 AND disabled_at IS NULL", [id]
    ).first.map { row in Credentials(account: try AccountRecord(row), passwordHash: try row.column(8)) }
  }

  func find(_ id: Int64) async throws -> AccountRecord? {
    try await pool.read("SELECT \(AccountRecord.columns) FROM account WHERE id = $1", [id], from: .primary)
      .first.map { row in try AccountRecord(row) }
  }

  /// Adds an account that is not verified.
  /// - Returns: nil when the address has one.
  func add(
    _ address: EmailAddress, passwordHash: String, language: String, in transaction: PostgresTransaction
  ) async throws -> AccountRecord? {
    try await transaction.query(
      """
      INSERT INTO account (email, email_key, password_hash, language) VALUES ($1, $2, $3, $4)
      ON CONFLICT (email_key) DO NOTHING RETURNING \(AccountRecord.columns)
      """, [address.text, address.key, passwordHash, language]
    ).first.map { row in try AccountRecord(row) }
  }

  /// An account under its lock.
  func lock(_ address: EmailAddress, in transaction: PostgresTransaction) async throws -> AccountRecord? {
    try await transaction.query(
      "SELECT \(AccountRecord.columns) FROM account WHERE email_key = $1 FOR UPDATE", [address.key]
    ).first.map { row in try AccountRecord(row) }
  }

  /// Whether an owner may be told now that somebody signs up with the address: once an hour.
  func notice(_ id: Int64, in transaction: PostgresTransaction) async throws -> Bool {
    try await transaction.execute(
      """
      UPDATE account SET noticed_at = now()
      WHERE id = $1 AND (noticed_at IS NULL OR noticed_at < now() - interval '1 hour')
      """, [id]) > 0
  }

  /// Sets another password if the old one is still `expected`, and marks a sign-in if it was one.
  /// - Returns: whether it was, and the account is not disabled.
  func keepPassword(
    of id: Int64, expected: String, new: String?, isSignIn: Bool, in transaction: PostgresTransaction
  ) async throws -> Bool {
    try await transaction.execute(
      """
      UPDATE account SET password_hash = coalesce($3, password_hash),
        last_sign_in_at = CASE WHEN $4 THEN now() ELSE last_sign_in_at END
      WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL
      """, [id, expected, new, isSignIn]) > 0
  }

  func setLanguage(_ language: String, of id: Int64) async throws -> AccountRecord? {
    try await pool.query(
      "UPDATE account SET language = $2 WHERE id = $1 RETURNING \(AccountRecord.columns)", [id, language]
    ).first.map { row in try AccountRecord(row) }
  }

  /// Removes an account with all that belongs to it here; what the notifier has of it follows.
  func delete(_ id: Int64, in transaction: PostgresTransaction) async throws {
    try await transaction.execute("DELETE FROM account WHERE id = $1", [id])
    try await transaction.execute("INSERT INTO account_removal (account_id) VALUES ($1)", [id])
  }

  /// Whether others than this account are enabled admins. Holds all of them until the transaction ends, so that two
  /// cannot both go.
  func hasOtherAdmin(than id: Int64, in transaction: PostgresTransaction) async throws -> Bool {
    // Index account_admin.
    let admins = try await transaction.query(
      "SELECT id FROM account WHERE role = 3 AND disabled_at IS NULL AND verified_at IS NOT NULL ORDER BY id FOR UPDATE"
    ).scalars(Int64.self)
    return admins.contains { $0 != id }
  }
}
