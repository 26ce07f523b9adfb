/// Who makes a request, and what it may do.
package struct Principal: Sendable, Equatable {
  /// What it shows.
  package enum Credential: Sendable, Equatable {
    /// A subscriber's token of the configuration.
    case accessToken
    /// The admins' token of the configuration.
    case adminToken
    case session(Int64, byCookie: Bool)
    case key(Int64)

    /// For the audit log.
    var name: String {
      switch self {
      case .accessToken: "access token"
      case .adminToken: "admin token"
      case .session(let id, _): "session \(id)"
      case .key(let id): "key \(id)"
      }
    }
  }

  /// Whose channels and alerts it may use; nil for the admins' token.
  package var subscriber: String?
  package var role: Role
  /// Never more than the role has.
  package var scopes: Set<Scope>
  package var credential: Credential
  /// Nil for tokens of the configuration.
  package var account: Int64?
  /// The API key that a request bears.
  package var key: KeyIdentity?

  package struct KeyIdentity: Sendable, Equatable {
    package var id: Int64
    /// How much it may ask for.
    package var tier: RateTier

    package init(id: Int64, tier: RateTier) {
      self.id = id
      self.tier = tier
    }
  }

  /// The bearer of a subscriber's token of the configuration.
  package init(subscriber: String) {
    self.subscriber = subscriber
    role = .user
    scopes = Role.user.scopes
    credential = .accessToken
  }

  /// An account's owner, signed in.
  package init(account: Int64, role: Role, session: Int64, byCookie: Bool = false) {
    subscriber = AccountRecord.subscriber(account)
    self.role = role
    scopes = role.scopes
    credential = .session(session, byCookie: byCookie)
    self.account = account
  }

  /// A program with an account's key.
  package init(account: Int64, role: Role, key: Int64, _ tier: RateTier, scopes: Set<Scope>) {
    subscriber = AccountRecord.subscriber(account)
    self.role = role
    self.scopes = scopes.intersection(role.scopes)
    credential = .key(key)
    self.account = account
    self.key = KeyIdentity(id: key, tier: tier)
  }

  private init() {
    role = .admin
    scopes = Role.admin.scopes
    credential = .adminToken
  }

  /// The bearer of the admins' token of the configuration.
  package static let adminToken = Principal()

  /// The session that it is signed in by.
  package var session: Int64? {
    if case .session(let id, _) = credential { id } else { nil }
  }

  /// Whether a browser sends its credential by itself, on behalf of any page.
  var isByCookie: Bool {
    if case .session(_, byCookie: true) = credential { true } else { false }
  }

  func byCookie() -> Principal {
    guard case .session(let id, _) = credential else { return self }
    var principal = self
    principal.credential = .session(id, byCookie: true)
    return principal
  }
}
