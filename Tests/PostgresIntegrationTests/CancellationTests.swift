import PostgresClient
import TestSupport
import Testing

@Suite("Deadlines and cancellation")
struct CancellationTests {
  @Test("A cancelled statement ends on the server, and its pipeline neighbours get their results")
  func neighboursSurvive() async throws {
    try await withPatientPool { pool async throws in
      try await pool.execute("CREATE TABLE cancel_rows (id bigint)")
      let sleeper = Task { try await pool.query("SELECT pg_sleep(60) AS cancel_me") }
      let observer = try PostgresPool(PostgresPoolConfiguration(primary: pool.configuration.primary))
      try await waitUntil("the sleeper sleeps") {
        try await observer.read(
          "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%AS cancel_me'"
            + " AND pid <> pg_backend_pid()"
        ).scalar(Int.self) == 1
      }
      // Queued behind the sleeper on the only connection.
      let reads = (0..<20).map { index in
        Task { try await pool.read("SELECT $1::bigint", [index]).scalar(Int.self) }
      }
      let writes = (0..<20).map { index in
        Task { try await pool.execute("INSERT INTO cancel_rows VALUES ($1)", [index]) }
      }
      sleeper.cancel()
      let error = await #expect(throws: PostgresError.self) { try await sleeper.value }
      #expect(error?.code == .cancelled)
      for (index, read) in reads.enumerated() { #expect(try await read.value == index) }
      for write in writes { #expect(try await write.value == 1) }
      #expect(try await pool.read("SELECT count(*) FROM cancel_rows").scalar(Int.self) == 20)
      await observer.close()
    }
  }

  @Test("A deadline ends a statement, and the connection goes on", arguments: [true, false])
  func deadline(isRead: Bool) async throws {
    try await withPatientPool { pool async throws in
      let before = try await pool.read("SELECT pg_backend_pid()").scalar(Int.self)
      let start = ContinuousClock.now
      let error = await #expect(throws: PostgresError.self) {
        if isRead {
          _ = try await pool.read("SELECT pg_sleep(600)", timeout: .milliseconds(200))
        } else {
          _ = try await pool.query("SELECT pg_sleep(600)", timeout: .milliseconds(200))
        }
      }
      #expect(error?.code == .timeout)
      #expect(ContinuousClock.now - start < .seconds(60))
      #expect(try await pool.read("SELECT pg_backend_pid()").scalar(Int.self) == before)
    }
  }

  @Test("Cancelling at random never harms others")
  func randomCancellation() async throws {
    try await withPool(Servers.shared().dsn(), { $0.maximumConnections = 2 }) { pool async throws in
      try await pool.execute("CREATE TABLE random_cancel (id bigint PRIMARY KEY)")
      let innocent = try await withThrowingTaskGroup(of: Int.self) { group in
        for index in 0..<400 {
          group.addTask {
            if index % 4 == 0 {
              let task = Task { try await pool.read("SELECT pg_sleep(0.05)") }
              if index % 8 == 0 { await Task.yield() }
              task.cancel()
              _ = await task.result
              return 0
            }
            if index % 4 == 1 { return try await pool.execute("INSERT INTO random_cancel VALUES ($1)", [index]) }
            return try await pool.read("SELECT $1::bigint", [index]).scalar(Int.self) == index ? 1 : 0
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(innocent == 300)
      #expect(try await pool.read("SELECT count(*) FROM random_cancel").scalar(Int.self) == 100)
    }
  }

  @Test("A statement that waits for a connection too long is told so")
  func poolTimeout() async throws {
    try await withPool(
      Servers.shared().dsn(),
      {
        $0.maximumConnections = 1
        $0.acquisitionTimeout = .seconds(1)
      }
    ) { pool async throws in
      try await waitUntil("the connection is there") { (try? await pool.read("SELECT 1")) != nil }
      try await pool.withTransaction { transaction in
        try await transaction.query("SELECT 1")
        let error = await #expect(throws: PostgresError.self) { try await pool.read("SELECT 1") }
        #expect(error?.code == .poolTimeout)
        let second = await #expect(throws: PostgresError.self) {
          try await pool.withTransaction { try await $0.query("SELECT 1") }
        }
        #expect(second?.code == .poolTimeout)
      }
      #expect(try await pool.read("SELECT 1").scalar(Int.self) == 1)
    }
  }

  @Test("A cancelled transaction rolls back and its connection is used again")
  func cancelledTransaction() async throws {
    try await withPatientPool { pool async throws in
      try await pool.execute("CREATE TABLE cancelled_transaction (id bigint)")
      let before = try await pool.read("SELECT pg_backend_pid()").scalar(Int.self)
      let (ready, signal) = AsyncStream<Void>.makeStream()
      let task = Task {
        try await pool.withTransaction { transaction in
          try await transaction.execute("INSERT INTO cancelled_transaction VALUES (1)")
          signal.yield()
          try await transaction.query("SELECT pg_sleep(60)")
        }
      }
      for await _ in ready { break }
      task.cancel()
      let error = await #expect(throws: PostgresError.self) { try await task.value }
      #expect(error?.code == .cancelled)
      #expect(try await pool.read("SELECT count(*) FROM cancelled_transaction").scalar(Int.self) == 0)
      #expect(try await pool.read("SELECT pg_backend_pid()").scalar(Int.self) == before)
    }
  }
}
