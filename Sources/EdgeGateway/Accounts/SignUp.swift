internal import MeshMessages
internal import PostgresClient

/// Signing up. Whether the address has an account is told to the address's owner alone: by mail.
struct SignUp: Sendable {
  let pool: PostgresPool
  let hasher: any PasswordHashing
  let outbox: MailOutbox

  private let tokens = MailTokenStore()

  init(pool: PostgresPool, hasher: any PasswordHashing, outbox: MailOutbox) {
    self.pool = pool
    self.hasher = hasher
    self.outbox = outbox
  }

  /// - Throws: `Problem` 503, `PostgresError`, `SodiumError`.
  func callAsFunction(_ address: EmailAddress, _ password: String, language: String) async throws {
    let accounts = AccountStore(pool: pool)
    let hash = try await hasher.hash(password)
    try await pool.withTransaction { transaction in
      let added = try await accounts.add(address, passwordHash: hash, language: language, in: transaction)
      // Neither can be nil at once, but for an account that is removed at this moment.
      let known = if let added { added } else { try await accounts.lock(address, in: transaction) }
      guard let account = known else { return try await outbox.add(nil, in: transaction) }
      if account.verifiedAt != nil {
        let isTold = try await accounts.notice(account.id, in: transaction)
        let notice = MailOutbox.Wish(
          recipient: account.email, mail: .addressInUse, language: account.language, token: nil,
          lifetime: .seconds(86_400))
        return try await outbox.add(isTold ? notice : nil, in: transaction)
      }
      let token = try SecretToken.make(.verification)
      let isKept = try await tokens.add(
        token, .verification, to: account.id, passwordHash: hash, in: transaction)
      let mail = MailOutbox.Wish(
        recipient: account.email, mail: .verifyAddress, language: language, token: token,
        lifetime: MailTokenStore.Purpose.verification.lifetime)
      try await outbox.add(isKept ? mail : nil, in: transaction)
    }
  }

  /// - Returns: whether the token was good.
  func verify(_ token: SecretToken) async throws -> Bool {
    try await pool.withTransaction { try await tokens.verify(token, in: $0) }
  }
}
