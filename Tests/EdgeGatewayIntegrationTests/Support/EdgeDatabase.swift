import PostgresClient
import ServiceKit
import Sodium
import Synchronization
import TestSupport

@testable import EdgeGateway

/// A database with the gateway's schema, as a role that owns this schema and nothing else; and what works on it.
struct EdgeDatabase: Sendable {
  let pool: PostgresPool
  let dsn: String
  let hasher: CountingHasher
  let parts: AccountParts

  static let lifetimes = SessionLifetimes(idle: .seconds(3600), absolute: .seconds(7200), rotation: .seconds(600))
  static let secretKey = String(repeating: "0123456789abcdef", count: 4)

  /// - Parameters:
  ///   - server: nil for the one that tests share.
  ///   - options: of each connection, such as `-c name=value`.
  /// - Throws: what keeps the schema from being made, and what `body` throws.
  static func with<Value>(
    on server: PrivatePostgres? = nil, options: String = "", _ body: (EdgeDatabase) async throws -> Value
  ) async throws -> Value {
    let server = if let server { server } else { try await PrivatePostgres.shared() }
    let database = try await server.makeDatabase()
    try await database.makeSchema("edge")
    let dsn = database.dsn(user: "edge") + " options='-c search_path=edge \(options)'"
    var configuration = PostgresPoolConfiguration(primary: try PostgresDSN(dsn))
    configuration.maximumConnections = 4
    let pool = try PostgresPool(configuration)
    do {
      let migrations = (EdgeGateway.description.migrations ?? []).enumerated().map { index, file in
        Migration(
          number: index + 1, name: String(file.name.dropFirst(5).dropLast(4)),
          sql: String(decoding: file.bytes, as: UTF8.self))
      }
      try await Migrator(migrations, schema: "edge").run(on: pool)
      let hasher = try CountingHasher()
      let parts = AccountParts(
        pool: pool, hasher: hasher, secrets: try AccountSecrets(hexadecimalKeys: [secretKey]),
        cookie: SessionCookie(isSecure: true, lifetime: .seconds(60)), publicURL: "https://fiyat.example",
        lifetimes: lifetimes)
      let value = try await body(EdgeDatabase(pool: pool, dsn: dsn, hasher: hasher, parts: parts))
      await hasher.shutdown()
      await pool.close(grace: .zero)
      return value
    } catch {
      await pool.close(grace: .zero)
      throw error
    }
  }

  // MARK: People

  static let password = "correct horse battery"

  static func address(_ name: String) throws -> EmailAddress {
    guard let address = EmailAddress(name + "@example.com") else { throw TestSupportError("no address: \(name)") }
    return address
  }

  /// An account that is verified.
  func person(_ name: String, role: Role = .user) async throws -> Int64 {
    let hash = try await hasher.hash(Self.password)
    let address = try Self.address(name)
    let id = try await pool.query(
      """
      INSERT INTO account (email, email_key, password_hash, role, verified_at) VALUES ($1, $2, $3, $4, now())
      RETURNING id
      """, [address.text, address.key, hash, role.rawValue]
    ).scalar(Int64.self)
    return id ?? 0
  }

  static let origin = SessionStore.Origin(byCookie: false, clientAddress: "192.0.2.1", userAgent: "test")

  /// - Parameter client: a number for where it comes from.
  func signIn(
    _ name: String, _ password: String = password, client: Int64 = 1, parts other: AccountParts? = nil
  ) async throws -> SignIn.SignedIn? {
    try await (other ?? parts).signIn(
      try Self.address(name), password, client: RateSubject(key: client), Self.origin)
  }

  /// Moves what a table says of time into the past, as if so many seconds had passed.
  func age(_ table: String, _ columns: String..., by seconds: Int) async throws {
    let changes = columns.map { "\($0) = \($0) - interval '\(seconds) seconds'" }.joined(separator: ", ")
    try await pool.execute("UPDATE \(table) SET \(changes)")
  }

  func count(_ table: String) async throws -> Int {
    try await pool.read("SELECT count(*) FROM \(table)").scalar(Int.self) ?? -1
  }

  /// The token of the last mail of a kind.
  func takeToken(_ mail: Int16, _ kind: SecretToken.Kind) async throws -> SecretToken {
    guard let text = try await takeMail(mail), let token = SecretToken(text, kind) else {
      throw TestSupportError("there is no mail \(mail) with a token")
    }
    return token
  }

  /// The token that lies sealed in the outbox for the last mail of a kind, and its row taken away.
  func takeMail(_ mail: Int16) async throws -> String? {
    let rows = try await pool.query(
      "DELETE FROM mail_outbox WHERE mail = $1 AND recipient IS NOT NULL RETURNING id, recipient, token", [mail])
    guard let (id, recipient, token) = try rows.decode((UUIDBytes, String, [UInt8]?).self).last else { return nil }
    return try token.map { try parts.secrets.open($0, mail: id, to: recipient) } ?? ""
  }
}

/// Real hashes at the least cost, counted.
final class CountingHasher: PasswordHashing {
  private let real: PasswordHasher
  private let state = Mutex((made: 0, compared: 0, isBusy: false))

  init() throws { real = try PasswordHasher(operations: 1, memory: 8192, atOnce: 2) }

  /// All Argon2 computations.
  var computed: Int { state.withLock { $0.made + $0.compared } }

  /// Turns all attempts away.
  func setBusy(_ isBusy: Bool) { state.withLock { $0.isBusy = isBusy } }

  private func count(_ change: (inout (made: Int, compared: Int, isBusy: Bool)) -> Void) throws {
    try state.withLock { state in
      if state.isBusy { throw PasswordHasher.busy }
      change(&state)
    }
  }

  func hash(_ password: String) async throws -> String {
    try count { $0.made += 1 }
    return try await real.hash(password)
  }

  func isRight(_ password: String, for hash: String?) async throws -> Bool {
    try count { $0.compared += 1 }
    return try await real.isRight(password, for: hash)
  }

  func isOutdated(_ hash: String) -> Bool { real.isOutdated(hash) }

  func shutdown() async { await real.shutdown() }
}
