import MeshMessages
import PostgresClient
import TestSupport
import Testing

@testable import EdgeGateway

@Suite("Plans of the statements about accounts") struct AccountPlanTests {
  private static let largeTables: Set<String> = [
    "account", "session", "api_key", "account_token", "lockout", "mail_outbox", "account_removal", "audit_log",
  ]

  /// Whatever the values are, and for these values: a prepared statement may come to use either.
  @Test("No statement reads a whole large table", arguments: ["force_custom_plan", "force_generic_plan"])
  func indexBound(mode: String) async throws {
    let server = try await PrivatePostgres.start(settings: PlanLog.settings)
    var log = PlanLog(server)
    try await EdgeDatabase.with(on: server, options: "-c plan_cache_mode=\(mode)") { edge in
      try await Self.fill(edge.pool)
      _ = log.plans()
      try await Self.use(edge)
    }
    // The test's own way to a mail's token is no statement of the gateway's.
    let plans = log.plans().filter { !$0.statement.hasPrefix("DELETE FROM mail_outbox WHERE mail") }
    #expect(plans.count > 40)
    for plan in plans { #expect(Self.largeTables.isDisjoint(with: plan.sequentialScans(over: 5000)), "\(plan)") }
    for plan in plans { #expect(plan.mostRowsRead < 10_000, "\(plan)") }
    try await server.tearDown()
  }

  private static func fill(_ pool: PostgresPool) async throws {
    for sql in [
      """
      INSERT INTO account (email, email_key, password_hash, verified_at)
      SELECT 'p' || n || '@example.com', 'p' || n || '@example.com', 'x', CASE WHEN n % 100 > 0 THEN now() END
      FROM generate_series(1, 20000) n
      """,
      """
      INSERT INTO session (account_id, token_hash, previous_hash, by_cookie, expires_at)
      SELECT n, sha256(n::text::bytea), sha256(('p' || n)::bytea), true, now() + interval '1 day'
      FROM generate_series(1, 20000) n
      """,
      """
      INSERT INTO api_key (account_id, name, prefix, hash, scopes)
      SELECT n, 'k', 'fk_', sha256(n::text::bytea), '{read}' FROM generate_series(1, 20000) n
      """,
      """
      INSERT INTO account_token (hash, account_id, purpose, expires_at)
      SELECT sha256(n::text::bytea), n, 2, now() + interval '1 hour' FROM generate_series(1, 20000) n
      """,
      "INSERT INTO lockout SELECT sha256(n::text::bytea), 1, now(), NULL FROM generate_series(1, 20000) n",
      """
      INSERT INTO mail_outbox (id, recipient, mail, language, expires_at, due_at)
      SELECT gen_random_uuid(), 'p@example.com', 1, 'tr', now() + interval '1 day', now() + interval '1 hour'
      FROM generate_series(1, 20000) n
      """,
      "INSERT INTO account_removal SELECT n, now(), 0, now() + interval '1 hour' FROM generate_series(100001, 120000) n",
      """
      INSERT INTO audit_log (account_id, credential, operation, arguments, client_address, request_id)
      SELECT n, 'session 1', 'o' || n % 1000, '{}', '', '' FROM generate_series(1, 20000) n
      """,
      "ANALYZE",
    ] { try await pool.execute(sql) }
  }

  private static func use(_ edge: EdgeDatabase) async throws {
    let parts = edge.parts
    let id = try await edge.person("newcomer", role: .admin)
    let signedIn = try await edge.signIn("newcomer")
    _ = try await edge.signIn("nobody")
    let hash = signedIn?.token.hash ?? []
    _ = try await CredentialStore(pool: edge.pool, lifetimes: EdgeDatabase.lifetimes).session(hash)
    _ = try await CredentialStore(pool: edge.pool, lifetimes: EdgeDatabase.lifetimes).key(hash)
    _ = try await parts.sessions.rotate(signedIn?.session.id ?? 0, from: hash)
    _ = try await parts.sessions.list(of: id)
    try await parts.sessions.endAll(of: id)
    for account in [id, nil] { _ = try await parts.keys.list(of: account, limit: 20) }
    let key = try await parts.keys.add(
      try SecretToken.make(.key), .init(name: "k", scopes: [.read], expiresAt: nil), of: id)
    for account in [id, nil] { _ = try await parts.keys.revoke(key?.id ?? 0, of: account) }
    try await parts.signUp(try EdgeDatabase.address("second"), EdgeDatabase.password, language: "tr")
    _ = try await parts.signUp.verify(try SecretToken.make(.verification))
    try await parts.reset.request(try EdgeDatabase.address("newcomer"))
    _ = try await parts.reset.confirm(try await edge.takeToken(2, .reset), "another horse")
    _ = try await parts.accounts.list(before: nil, limit: 20)
    for after in ["p19@example.com", nil] { _ = try await parts.accounts.search("p1", after: after, limit: 20) }
    _ = try await parts.accounts.change(5, role: .operator, isDisabled: true)
    let filters: [AuditStore.Filter] = [
      .init(), .init(account: 7), .init(operation: "o7"), .init(account: 7, operation: "o7", before: 900),
    ]
    for filter in filters { _ = try await parts.audit.list(filter, limit: 20) }
    _ = try await parts.outbox.take(limit: 16)
    _ = try await RemovalStore(pool: edge.pool).take(limit: 16)
    try await edge.pool.withTransaction { try await parts.accounts.delete(9, in: $0) }
    try await Housekeeping(pool: edge.pool, lifetimes: EdgeDatabase.lifetimes).run()
  }
}
