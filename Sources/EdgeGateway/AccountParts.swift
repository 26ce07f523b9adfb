internal import EventLog
internal import PostgresClient
internal import ServiceKit

/// All that accounts are made of, wired together.
package struct AccountParts: Sendable {
  let pool: PostgresPool
  let accounts: AccountStore
  let sessions: SessionStore
  let keys: KeyStore
  let audit: AuditStore
  /// Where acts are written down.
  let auditLog: any AuditLog
  let outbox: MailOutbox
  let signIn: SignIn
  let signUp: SignUp
  let reset: PasswordReset
  let secrets: AccountSecrets
  /// Who makes requests, and how it is remembered.
  let identity: Identity
  /// Takes files of products.
  let imports: ImportDesk
  /// Wakes who hands mails over.
  let mailSignal = WakeSignal()
  /// Wakes who removes what the notifier has of accounts that are gone.
  let removalSignal = WakeSignal()

  /// - Parameters:
  ///   - directory: nil for the database.
  ///   - auditLog: nil for the database.
  init(
    pool: PostgresPool, hasher: any PasswordHashing, secrets: AccountSecrets, cookie: SessionCookie, publicURL: String,
    lifetimes: SessionLifetimes, directory: (any CredentialDirectory)? = nil,
    auditLog: (any AuditLog)? = nil
  ) {
    self.pool = pool
    self.secrets = secrets
    accounts = AccountStore(pool: pool)
    keys = KeyStore(pool: pool)
    audit = AuditStore(pool: pool)
    self.auditLog = auditLog ?? audit
    imports = ImportDesk(log: ImportStore(pool: pool))
    let sessions = SessionStore(pool: pool, lifetimes: lifetimes)
    self.sessions = sessions
    outbox = MailOutbox(pool: pool, secrets: secrets)
    signIn = SignIn(pool: pool, sessions: sessions, hasher: hasher, secrets: secrets)
    signUp = SignUp(pool: pool, hasher: hasher, outbox: outbox)
    reset = PasswordReset(pool: pool, hasher: hasher, outbox: outbox, signIn: signIn, sessions: sessions)
    identity = Identity(
      cache: CredentialCache(directory ?? CredentialStore(pool: pool, lifetimes: lifetimes)), cookie: cookie,
      pages: OwnPages(publicURL: publicURL), csrfToken: { try secrets.csrfToken(session: $0) },
      replace: { try await sessions.rotate($0, from: $1) })
  }
}
