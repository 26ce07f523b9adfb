package import PostgresClient

/// An account as it is kept.
package struct AccountRecord: Sendable, Equatable {
  package var id: Int64
  package var email: String
  package var role: Role
  package var language: String
  package var createdAt: Timestamp
  package var verifiedAt: Timestamp?
  package var disabledAt: Timestamp?
  package var lastSignInAt: Timestamp?

  static let columns = "id, email, role, language, created_at, verified_at, disabled_at, last_sign_in_at"

  init(_ row: PostgresRow) throws(PostgresError) {
    id = try row.column(0)
    email = try row.column(1)
    role = Role(rawValue: try row.column(2)) ?? .user
    language = try row.column(3)
    createdAt = try row.column(4)
    verifiedAt = try row.column(5)
    disabledAt = try row.column(6)
    lastSignInAt = try row.column(7)
  }

  /// Its name at the notifier.
  package var subscriber: String { Self.subscriber(id) }

  static func subscriber(_ id: Int64) -> String { "account:\(id)" }
}

/// A session as it is kept, without its token.
struct SessionRecord: Sendable, Equatable {
  var id: Int64
  var account: Int64
  var byCookie: Bool
  var createdAt: Timestamp
  var lastUsedAt: Timestamp
  var expiresAt: Timestamp
  var clientAddress: String
  var userAgent: String

  static let columns =
    "id, account_id, by_cookie, created_at, last_used_at, expires_at, client_address, user_agent"

  init(_ row: PostgresRow) throws(PostgresError) {
    id = try row.column(0)
    account = try row.column(1)
    byCookie = try row.column(2)
    createdAt = try row.column(3)
    lastUsedAt = try row.column(4)
    expiresAt = try row.column(5)
    clientAddress = try row.column(6)
    userAgent = try row.column(7)
  }
}

/// An API key as it is kept, without the key.
struct KeyRecord: Sendable, Equatable {
  var id: Int64
  var account: Int64
  var name: String
  var prefix: String
  var scopes: [String]
  var tier: Int16
  var createdAt: Timestamp
  var expiresAt: Timestamp?
  var lastUsedAt: Timestamp?
  var revokedAt: Timestamp?

  static let columns =
    "id, account_id, name, prefix, scopes, tier, created_at, expires_at, last_used_at, revoked_at"

  init(_ row: PostgresRow) throws(PostgresError) {
    id = try row.column(0)
    account = try row.column(1)
    name = try row.column(2)
    prefix = try row.column(3)
    scopes = try row.column(4)
    tier = try row.column(5)
    createdAt = try row.column(6)
    expiresAt = try row.column(7)
    lastUsedAt = try row.column(8)
    revokedAt = try row.column(9)
  }
}

/// An entry of the audit log.
struct AuditRecord: Sendable, Equatable {
  var id: Int64
  var at: Timestamp
  var account: Int64?
  var credential: String
  var operation: String
  var arguments: [String]
  var detail: String?
  var status: Int16?
  var clientAddress: String
  var requestID: String

  static let columns =
    "id, at, account_id, credential, operation, arguments, detail, status, client_address, request_id"

  init(_ row: PostgresRow) throws(PostgresError) {
    id = try row.column(0)
    at = try row.column(1)
    account = try row.column(2)
    credential = try row.column(3)
    operation = try row.column(4)
    arguments = try row.column(5)
    detail = try row.column(6)
    status = try row.column(7)
    clientAddress = try row.column(8)
    requestID = try row.column(9)
  }
}
