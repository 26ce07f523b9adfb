import MetricsTestKit
import TestSupport
import Testing

@testable import PostgresClient

@Suite("Reads from a standby that may be so old")
struct ReplicaTests {
  private static let port = "SELECT setting FROM pg_settings WHERE name = 'port'"

  @Test("One that falls behind is left alone until it has caught up")
  func behind() async throws {
    let primary = try await PrivatePostgres.start()
    try await primary.run("CREATE TABLE notes (text text)")
    let standby = try await primary.startStandby()
    let metrics = TestMetrics()
    try await withReplica(primary, standby, metrics) { pool async throws in
      try await waitUntil("reads go to the standby") {
        try await pool.read(Self.port).scalar(String.self) == "\(standby.port)"
      }
      let dimensions = [("pool", "fiyatradari-replica-0")]
      let lag = try metrics.expectGauge("postgres_replica_lag_seconds", dimensions)
      let use = try metrics.expectGauge("postgres_replica_in_use", dimensions)
      #expect(use.lastValue == 1)

      try await standby.run("SELECT pg_wal_replay_pause()")
      try await pool.execute("INSERT INTO notes VALUES ('late')")
      try await waitUntil("reads go to the primary") {
        try await pool.read(Self.port).scalar(String.self) == "\(primary.port)"
      }
      #expect(try await pool.read("SELECT text FROM notes").count == 1)
      #expect(lag.lastValue ?? 0 > 1)
      #expect(use.lastValue == 0)

      try await standby.run("SELECT pg_wal_replay_resume()")
      try await waitUntil("reads go to the standby again") {
        try await pool.read(Self.port).scalar(String.self) == "\(standby.port)"
      }
      #expect(try await pool.read("SELECT text FROM notes").count == 1)
      #expect(use.lastValue == 1)
    }
    try await standby.tearDown()
    try await primary.tearDown()
  }

  @Test("Old data is all there is while the primary does not answer")
  func primaryAway() async throws {
    let primary = try await PrivatePostgres.start()
    try await primary.run("CREATE TABLE notes (text text)")
    let standby = try await primary.startStandby()
    try await withReplica(primary, standby) { pool async throws in
      try await waitUntil("reads go to the standby") {
        try await pool.read(Self.port).scalar(String.self) == "\(standby.port)"
      }
      try await standby.run("SELECT pg_wal_replay_pause()")
      try await pool.execute("INSERT INTO notes VALUES ('late')")
      try await waitUntil("it is left alone") {
        try await pool.read(Self.port).scalar(String.self) == "\(primary.port)"
      }
      try await primary.pause()
      try await waitUntil("reads go to the standby, as old as it is") {
        // Those that go to the primary until it is known to be silent end by their own time.
        let port = try? await pool.read(Self.port, timeout: .milliseconds(200)).scalar(String.self)
        return port == "\(standby.port)"
      }
      #expect(try await pool.read("SELECT text FROM notes").isEmpty)
      primary.resume()
      try await waitUntil("it is left alone again") {
        try await pool.read(Self.port).scalar(String.self) == "\(primary.port)"
      }
    }
    try await standby.tearDown()
    try await primary.tearDown()
  }

  @Test("A standby goes on being read when its primary is gone and when it is promoted")
  func promoted() async throws {
    let primary = try await PrivatePostgres.start()
    let standby = try await primary.startStandby()
    try await withReplica(primary, standby) { pool async throws in
      try await waitUntil("reads go to the standby") {
        try await pool.read(Self.port).scalar(String.self) == "\(standby.port)"
      }
      try await primary.kill()
      try await waitUntil("reads go to the standby without a primary") {
        let port = try? await pool.read(Self.port, timeout: .seconds(1)).scalar(String.self)
        return port == "\(standby.port)"
      }
      try await standby.run("SELECT pg_promote()")
      for _ in 1...20 { #expect(try await pool.read(Self.port).scalar(String.self) == "\(standby.port)") }
    }
    try await standby.tearDown()
    try await primary.tearDown()
  }

  /// A pool whose standby may be a second behind.
  private func withReplica(
    _ primary: PrivatePostgres, _ standby: PrivatePostgres, _ metrics: TestMetrics? = nil,
    _ body: (PostgresPool) async throws -> Void
  ) async throws {
    try await withPool(
      primary.dsn(),
      {
        $0.replicas = (try? [PostgresDSN(standby.dsn())]) ?? []
        $0.maximumReplicaLag = .seconds(1)
        $0.metricsFactory = metrics
      }, body)
  }
}
