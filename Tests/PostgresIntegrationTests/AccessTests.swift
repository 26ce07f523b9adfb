import PostgresClient
import TestSupport
import Testing

@Suite("Credentials, privileges, routes")
struct AccessTests {
  @Test("A wrong password is an error at once, without the password in it")
  func wrongPassword() async throws {
    let server = try await Servers.shared()
    // It would wait ten minutes for a connection, were it not told that there will be none.
    try await withPool(
      server.tcpDSN(password: "guessed-wrong"),
      {
        $0.acquisitionTimeout = .seconds(600)
        $0.queryTimeout = .seconds(600)
      }
    ) { pool async throws in
      let error = await #expect(throws: PostgresError.self) { try await pool.read("SELECT 1") }
      #expect(error?.code == .connectFailed)
      #expect(error?.sqlState == .invalidPassword)
      #expect(error.map { "\($0)".contains("guessed-wrong") } == false)
      #expect("\(pool.configuration)".contains("guessed-wrong") == false)
    }
  }

  @Test("A missing database and an unreachable server are told apart")
  func missingDatabase() async throws {
    let server = try await Servers.shared()
    try await withPool(server.dsn(database: "absent")) { pool async throws in
      let error = await #expect(throws: PostgresError.self) { try await pool.read("SELECT 1") }
      #expect(error?.sqlState == SQLState("3D000"))
    }
    let port = try FreePort.next()
    try await withPool(server.tcpDSN(port: port), { $0.acquisitionTimeout = .seconds(2) }) { pool async throws in
      let error = await #expect(throws: PostgresError.self) { try await pool.read("SELECT 1") }
      #expect(error?.code == .poolTimeout)
      #expect((error?.cause as? PostgresError)?.code == .connectFailed)
    }
  }

  @Test("A role cannot read its neighbour's schema")
  func schemaPrivileges() async throws {
    let server = try await Servers.shared()
    try await withPool(server.dsn()) { admin in
      for service in ["catalogue", "prices"] {
        try await admin.execute("CREATE ROLE \(service) LOGIN PASSWORD 'own-\(service)'")
        try await admin.execute("CREATE SCHEMA \(service) AUTHORIZATION \(service)")
        try await withPool(server.tcpDSN(user: service, password: "own-\(service)")) { pool async throws in
          try await pool.execute("CREATE TABLE \(service).things (id bigint)")
        }
      }
    }
    try await withPool(server.tcpDSN(user: "catalogue", password: "own-catalogue")) { pool async throws in
      #expect(try await pool.read("SELECT id FROM catalogue.things").isEmpty)
      let error = await #expect(throws: PostgresError.self) { try await pool.read("SELECT id FROM prices.things") }
      #expect(error?.sqlState == .insufficientPrivilege)
      #expect(error?.message.contains("prices") == true)
    }
  }

  @Test("Reads go to a replica that is up, writes and current reads to the primary")
  func routes() async throws {
    let server = try await Servers.shared()
    try await withPool(server.dsn()) { try await $0.execute("CREATE DATABASE other_server") }
    try await withPool(
      server.dsn(), { $0.replicas = (try? [PostgresDSN(server.dsn(database: "other_server"))]) ?? [] }
    ) { pool async throws in
      try await waitUntil("reads go to the replica") {
        try await pool.read("SELECT current_database()::text").scalar(String.self) == "other_server"
      }
      let current = try await pool.read("SELECT current_database()::text", from: .primary).scalar(String.self)
      #expect(current == "postgres")
      #expect(try await pool.query("SELECT current_database()::text").scalar(String.self) == "postgres")
    }
    try await withPool(
      server.dsn(), { $0.replicas = (try? [PostgresDSN(server.dsn(database: "absent_replica"))]) ?? [] }
    ) { pool async throws in
      #expect(try await pool.read("SELECT current_database()::text").scalar(String.self) == "postgres")
    }
  }

  @Test("Reads that wait for a replica when it dies are answered by the primary")
  func replicaDies() async throws {
    let server = try await Servers.shared()
    let replica = try await PrivatePostgres.start()
    try await withPool(
      server.dsn(),
      {
        $0.replicas = (try? [PostgresDSN(replica.dsn())]) ?? []
        // It is no standby, so their logs cannot be compared.
        $0.maximumReplicaLag = nil
        $0.maximumConnections = 1
        $0.acquisitionTimeout = .seconds(600)
      }
    ) { pool async throws in
      let replicaPort = "SELECT setting FROM pg_settings WHERE name = 'port'"
      try await waitUntil("reads go to the replica") {
        try await pool.read(replicaPort).scalar(String.self) == "\(replica.port)"
      }
      // One is executed, the others are behind it.
      let readings = (0..<10).map { _ in
        Task { try await pool.read("SELECT pg_sleep(0.3), setting FROM pg_settings WHERE name = 'port'") }
      }
      try await withPool(replica.dsn()) { try await waitUntilActive("pg_sleep(0.3)", $0) }
      try await replica.kill()
      for reading in readings {
        let port = try await reading.value.first?.column(1, as: String.self)
        #expect(port == "\(server.port)" || port == "\(replica.port)")
      }
      #expect(try await pool.read(replicaPort).scalar(String.self) == "\(server.port)")
    }
    try await replica.tearDown()
  }

  @Test("A closed pool refuses work and finishes what was under way")
  func closing() async throws {
    let server = try await Servers.shared()
    let pool = try PostgresPool(PostgresPoolConfiguration(primary: try PostgresDSN(server.dsn())))
    try await pool.waitUntilReady(timeout: .seconds(60))
    let slow = Task { try await pool.query("SELECT pg_sleep(0.3), 'closing'") }
    try await withPool(server.dsn()) { observer in
      try await waitUntil("it runs") {
        try await observer.read(
          "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(0.3), ''closing'''"
        ).scalar(Int.self) == 1
      }
    }
    await pool.close(grace: .seconds(60))
    #expect(try await slow.value.count == 1)
    let error = await #expect(throws: PostgresError.self) { try await pool.read("SELECT 1") }
    #expect(error?.code == .poolClosed)
  }
}
