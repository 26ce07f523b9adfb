internal import MeshMessages
internal import PostgresClient

/// Mails on their way to the notifier.
struct MailOutbox: Sendable {
  let pool: PostgresPool
  let secrets: AccountSecrets

  /// What shall be sent.
  struct Wish: Sendable {
    var recipient: String
    var mail: NotifierV1.AccountMail
    var language: String
    /// For the mail's link.
    var token: SecretToken?
    var lifetime: Duration
  }

  /// A mail whose turn it is.
  struct Due: Sendable {
    var id: UUIDBytes
    var recipient: String?
    var mail: NotifierV1.AccountMail
    var language: String
    var sealedToken: [UInt8]?
    var expiresAt: Timestamp
    var attempts: Int32
  }

  /// Writes a wish in the transaction that makes its token. Nil writes a row that is no mail, for the time it takes.
  func add(_ wish: Wish?, in transaction: PostgresTransaction) async throws {
    let id = UUIDBytes.random()
    let recipient = wish?.recipient ?? "nobody@example.invalid"
    var token = wish?.token
    if wish == nil { token = try SecretToken.make(.reset) }
    let sealed = try token.map { try secrets.seal($0, mail: id, to: recipient) }
    try await transaction.execute(
      """
      INSERT INTO mail_outbox (id, recipient, mail, language, token, expires_at)
      VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 second')
      """,
      [
        id, wish?.recipient, Int16(clamping: wish?.mail.rawValue ?? 0), wish?.language ?? "tr", sealed,
        (wish?.lifetime ?? .seconds(60)).secondsValue,
      ])
  }

  /// Takes mails that are due; they are this process's for half a minute.
  func take(limit: Int) async throws -> [Due] {
    // Index mail_outbox_due. What was tried without success waits twice as long each time.
    let rows = try await pool.query(
      """
      UPDATE mail_outbox SET attempts = attempts + 1,
        due_at = now() + greatest(30, least(5 * power(2, least(attempts, 10)), 600)) * interval '1 second'
      WHERE id IN (SELECT id FROM mail_outbox WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
      RETURNING id, recipient, mail, language, token, expires_at, attempts
      """, [limit])
    return try rows.map { row in
      Due(
        id: try row.column(0), recipient: try row.column(1),
        mail: NotifierV1.AccountMail(rawValue: Int32(try row.column(2, as: Int16.self))), language: try row.column(3),
        sealedToken: try row.column(4), expiresAt: try row.column(5), attempts: try row.column(6))
    }
  }

  func remove(_ id: UUIDBytes) async throws {
    try await pool.execute("DELETE FROM mail_outbox WHERE id = $1", [id])
  }
}
