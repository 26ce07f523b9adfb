internal import Synchronization

/// A database of a test's own on some `PrivatePostgres`.
package struct PrivateDatabase: Sendable {
  package let server: PrivatePostgres
  /// The database's name.
  package let name: String
  /// Who owns it, and whom `dsn` logs in.
  package let owner: String

  /// Over the Unix socket, as the owner unless `user` says otherwise.
  package func dsn(user: String? = nil) -> String { server.dsn(user: user ?? owner, database: name) }

  /// Over TCP, as the owner unless `user` says otherwise.
  ///
  /// - Parameter port: a proxy's, else the server's.
  package func tcpDSN(user: String? = nil, port: Int? = nil) -> String {
    server.tcpDSN(user: user ?? owner, database: name, port: port)
  }

  /// Runs SQL by psql as the superuser; returns what it printed.
  @discardableResult
  package func run(_ sql: String) async throws -> String { try await server.run(sql, database: name) }

  /// Makes a schema with a role of the same name that owns it, has it as its search path, and may log in with
  /// `PrivatePostgres.password`: what one service has.
  package func makeSchema(_ name: String) async throws {
    try await server.makeRole(name)
    let quoted = PrivatePostgres.quoted(name)
    try await run("CREATE SCHEMA \(quoted) AUTHORIZATION \(quoted)")
    let database = PrivatePostgres.quoted(self.name)
    try await server.run("ALTER ROLE \(quoted) IN DATABASE \(database) SET search_path = \(quoted)")
  }
}

extension PrivatePostgres {
  private static let counter = Atomic<Int>(0)

  /// Makes an empty database with a name of its own.
  ///
  /// - Parameter owner: a role; made if it does not exist.
  package func makeDatabase(owner: String = "postgres") async throws -> PrivateDatabase {
    if owner != "postgres" { try await makeRole(owner) }
    let name = "test_\(Self.counter.wrappingAdd(1, ordering: .relaxed).newValue)"
    try await run("CREATE DATABASE \(name) OWNER \(Self.quoted(owner))")
    return PrivateDatabase(server: self, name: name, owner: owner)
  }

  /// Makes a role that may log in with `PrivatePostgres.password`; one that exists stays as it is.
  package func makeRole(_ name: String) async throws {
    try await run(
      """
      DO $$ BEGIN
        CREATE ROLE \(Self.quoted(name)) LOGIN PASSWORD '\(Self.password)';
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END $$
      """)
  }

  /// As an SQL identifier.
  package static func quoted(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
