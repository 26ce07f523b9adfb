import MetricsTestKit
import PostgresClient
import TestSupport
import Testing

@Suite("What the pool measures")
struct MetricsTests {
  @Test("Connections, waiting tasks, latency, and errors by the class of their SQLSTATE")
  func metrics() async throws {
    let metrics = TestMetrics()
    try await withPool(
      Servers.shared().dsn(),
      {
        $0.name = "measured"
        $0.maximumConnections = 1
        $0.metricsFactory = metrics
      }
    ) { pool async throws in
      let dimensions = [("pool", "measured")]
      let inUse = try metrics.expectGauge("postgres_connections_in_use", dimensions)
      let open = try metrics.expectGauge("postgres_connections_open", dimensions)
      let waiting = try metrics.expectGauge("postgres_statements_waiting", dimensions)
      #expect(try metrics.expectGauge("postgres_connections_limit", dimensions).lastValue == 1)
      let latency = try metrics.expectTimer("postgres_statement_duration", dimensions)
      try await pool.waitUntilReady(timeout: .seconds(30))
      #expect(latency.values.count == 1)
      try await pool.withTransaction { transaction in
        try await transaction.query("SELECT pg_sleep(0.02)")
        let read = Task { try await pool.read("SELECT 1") }
        try await waitUntil("one waits") { waiting.lastValue == 1 }
        #expect(inUse.lastValue == 1)
        #expect(open.lastValue == 1)
        read.cancel()
        _ = await read.result
      }
      // BEGIN, the statement and COMMIT.
      #expect(latency.values.count == 4)
      #expect(latency.values.contains { $0 >= 20_000_000 })
      #expect(latency.values.allSatisfy { $0 > 0 && $0 < 600_000_000_000 })
      try await waitUntil("all is quiet") { inUse.lastValue == 0 && waiting.lastValue == 0 }

      for sql in ["SELECT 1 / 0", "SELECT 'x'::int", "SELECT nonsense"] {
        await #expect(throws: PostgresError.self) { try await pool.query(sql) }
      }
      await #expect(throws: PostgresError.self) {
        try await pool.query("SELECT pg_sleep(60)", timeout: .milliseconds(20))
      }
      func count(_ kind: String) throws -> Int64 {
        try metrics.expectCounter("postgres_errors_total", dimensions + [("class", kind)]).totalValue
      }
      #expect(try count("22") == 2)
      #expect(try count("42") == 1)
      #expect(try count("timeout") == 1)
      #expect(try count("cancelled") == 1)
    }
  }
}
