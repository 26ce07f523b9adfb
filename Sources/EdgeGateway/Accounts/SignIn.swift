internal import OutboundHTTP
internal import PostgresClient

/// Signing in. Whatever is wrong, the address, the password, the account's state or too many attempts, the answer is the
/// same, and so is the work that leads to it: two counters written, one account looked up, one hash compared.
struct SignIn: Sendable {
  let pool: PostgresPool
  let accounts: AccountStore
  let sessions: SessionStore
  let hasher: any PasswordHashing
  let secrets: AccountSecrets

  private let lockouts = LockoutStore()

  struct SignedIn: Sendable {
    var token: SecretToken
    var session: SessionRecord
    var account: AccountRecord
  }

  init(
    pool: PostgresPool, sessions: SessionStore, hasher: any PasswordHashing, secrets: AccountSecrets
  ) {
    self.pool = pool
    accounts = AccountStore(pool: pool)
    self.sessions = sessions
    self.hasher = hasher
    self.secrets = secrets
  }

  /// - Parameter client: where the attempt comes from.
  /// - Returns: nil for whatever is wrong.
  /// - Throws: `Problem` 503, `PostgresError`, `SodiumError`.
  func callAsFunction(
    _ address: EmailAddress, _ password: String, client: RateSubject, _ origin: SessionStore.Origin
  ) async throws -> SignedIn? {
    let subjects = try [account(address), self.client(client)]
    let (mayTry, known) = try await pool.withTransaction { transaction in
      var mayTry = true
      // In this order everywhere, so that two never wait for each other.
      for subject in subjects where try await !lockouts.attempt(subject, in: transaction) { mayTry = false }
      return (mayTry, try await accounts.credentials(address, in: transaction))
    }
    let isRight: Bool
    let new: String?
    do {
      isRight = try await hasher.isRight(password, for: known?.passwordHash)
      guard isRight, mayTry, let known, known.account.verifiedAt != nil else { return nil }
      new = hasher.isOutdated(known.passwordHash) ? try await hasher.hash(password) : nil
      return try await begin(known, new, origin, subjects)
    } catch let problem as Problem {
      // It was not judged, so it was no failure.
      if mayTry { try await takeBack(subjects) }
      throw problem
    }
  }

  private func begin(
    _ known: AccountStore.Credentials, _ newHash: String?, _ origin: SessionStore.Origin,
    _ subjects: [LockoutStore.Subject]
  ) async throws -> SignedIn? {
    let token = try SecretToken.make(.session)
    let id = known.account.id
    let session = try await pool.withTransaction { transaction -> SessionRecord? in
      // Changed, or disabled, while it was compared: it was not right.
      guard
        try await accounts.keepPassword(
          of: id, expected: known.passwordHash, new: newHash, isSignIn: true, in: transaction)
      else { return nil }
      try await lockouts.clear(subjects[0].digest, in: transaction)
      try await lockouts.takeBack(subjects[1], in: transaction)
      return try await sessions.add(token, of: id, origin, in: transaction)
    }
    return session.map { SignedIn(token: token, session: $0, account: known.account) }
  }

  private func takeBack(_ subjects: [LockoutStore.Subject]) async throws {
    try await pool.withTransaction { transaction in
      for subject in subjects { try await lockouts.takeBack(subject, in: transaction) }
    }
  }

  /// Whether somebody who is signed in knows the password. Counts as an attempt on the address: a stolen session must not
  /// serve to guess it.
  func confirm(_ password: String, of id: Int64) async throws -> AccountStore.Credentials? {
    let (mayTry, known, subject) = try await pool.withTransaction { transaction in
      let known = try await accounts.credentials(id, in: transaction)
      guard let known, let address = EmailAddress(known.account.email) else {
        return (false, AccountStore.Credentials?.none, LockoutStore.Subject?.none)
      }
      let subject = try account(address)
      return (try await lockouts.attempt(subject, in: transaction), known, subject)
    }
    let isRight: Bool
    do {
      isRight = try await hasher.isRight(password, for: known?.passwordHash)
    } catch let problem as Problem {
      if mayTry, let subject { try await takeBack([subject]) }
      throw problem
    }
    guard isRight, mayTry, let known, let subject else { return nil }
    try await pool.withTransaction { try await lockouts.clear(subject.digest, in: $0) }
    return known
  }

  private func account(_ address: EmailAddress) throws -> LockoutStore.Subject {
    LockoutStore.Subject(digest: try secrets.lockoutSubject("a:" + address.key), schedule: .account)
  }

  private func client(_ client: RateSubject) throws -> LockoutStore.Subject {
    LockoutStore.Subject(digest: try secrets.lockoutSubject("c:" + client.text), schedule: .client)
  }

  /// Lets an address in again at once: its owner has shown that he reads its mail.
  func unlock(_ address: String, in transaction: PostgresTransaction) async throws {
    try await lockouts.clear(try secrets.lockoutSubject("a:" + address.lowercased()), in: transaction)
  }
}
