internal import MeshMessages
internal import PostgresClient

/// A new password, for owners who read their mail or know the old one.
struct PasswordReset: Sendable {
  let pool: PostgresPool
  let hasher: any PasswordHashing
  let outbox: MailOutbox
  let signIn: SignIn
  let sessions: SessionStore

  private let tokens = MailTokenStore()

  init(pool: PostgresPool, hasher: any PasswordHashing, outbox: MailOutbox, signIn: SignIn, sessions: SessionStore) {
    self.pool = pool
    self.hasher = hasher
    self.outbox = outbox
    self.signIn = signIn
    self.sessions = sessions
  }

  /// Sends a token to the address if it has an account.
  func request(_ address: EmailAddress) async throws {
    try await pool.withTransaction { transaction in
      let account = try await AccountStore(pool: pool).lock(address, in: transaction)
      guard let account, account.disabledAt == nil else { return try await outbox.add(nil, in: transaction) }
      let token = try SecretToken.make(.reset)
      let isKept = try await tokens.add(token, .reset, to: account.id, passwordHash: nil, in: transaction)
      let mail = MailOutbox.Wish(
        recipient: account.email, mail: .resetPassword, language: account.language, token: token,
        lifetime: MailTokenStore.Purpose.reset.lifetime)
      try await outbox.add(isKept ? mail : nil, in: transaction)
    }
  }

  /// Sets the password by a mail's token, ends all sessions and lets the owner in again who was locked out.
  /// - Returns: the account; nil when the token was not good.
  func confirm(_ token: SecretToken, _ password: String) async throws -> Int64? {
    guard try await tokens.isGood(token, .reset, pool) else { return nil }
    let hash = try await hasher.hash(password)
    return try await pool.withTransaction { transaction in
      guard let account = try await tokens.reset(token, passwordHash: hash, in: transaction) else { return nil }
      try await signIn.unlock(account.email, in: transaction)
      try await outbox.add(Self.notice(account), in: transaction)
      return account.id
    }
  }

  /// Sets the password of somebody who knows the old one, and ends all sessions but the one that asks.
  /// - Returns: false when `current` is wrong.
  func change(_ id: Int64, session: Int64, current: String, new: String) async throws -> Bool {
    guard let known = try await signIn.confirm(current, of: id) else { return false }
    let hash = try await hasher.hash(new)
    return try await pool.withTransaction { transaction in
      let isKept = try await AccountStore(pool: pool).keepPassword(
        of: id, expected: known.passwordHash, new: hash, isSignIn: false, in: transaction)
      guard isKept else { return false }
      try await sessions.endAll(of: id, but: session, in: transaction)
      try await outbox.add(Self.notice(known.account), in: transaction)
      return true
    }
  }

  private static func notice(_ account: AccountRecord) -> MailOutbox.Wish {
    MailOutbox.Wish(
      recipient: account.email, mail: .passwordChanged, language: account.language, token: nil,
      lifetime: .seconds(86_400))
  }
}
