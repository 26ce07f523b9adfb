import TestSupport
import Testing

@testable import PostgresClient

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

  @Test("A cancel request that overtakes its statement is repeated")
  func overtaken() async throws {
    let server = try await Servers.shared()
    let proxy = try await FaultyProxy.start(port: server.port)
    try await withPool(
      server.tcpDSN(port: proxy.port),
      {
        $0.maximumConnections = 1
        $0.responseGrace = .seconds(600)
      }
    ) { pool async throws in
      let before = try await pool.read("SELECT pg_backend_pid()").scalar(Int.self)
      let sent = proxy.requestByteCount
      // The statement is on its way for half a second; what follows on a connection of its own is not delayed.
      proxy.delay(.milliseconds(500))
      let sleeper = Task { try await pool.query("SELECT pg_sleep(300)") }
      try await waitUntil("the statement is on its way") { proxy.requestByteCount > sent }
      proxy.delay(nil)
      let start = ContinuousClock.now
      sleeper.cancel()
      let error = await #expect(throws: PostgresError.self) { try await sleeper.value }
      #expect(error?.code == .cancelled)
      #expect(ContinuousClock.now - start < .seconds(60))
      #expect(try await pool.read("SELECT pg_backend_pid()").scalar(Int.self) == before)
    }
    await proxy.close()
  }

  @Test("A statement cancelled while it is parsed leaves alone whoever sends the same")
  func cancelledParse() async throws {
    try await withPatientPool { pool async throws in
      try await pool.execute("CREATE TABLE locked_while_parsed (id bigint)")
      let other = try PostgresPool(PostgresPoolConfiguration(primary: pool.configuration.primary))
      let neighbours = try await other.withTransaction { transaction in
        // To parse it, the server has to open the table.
        try await transaction.execute("LOCK TABLE locked_while_parsed IN ACCESS EXCLUSIVE MODE")
        let count = "SELECT count(*) FROM locked_while_parsed"
        let victim = Task { try await pool.query(count) }
        let isSent: @Sendable (Int) async -> Bool = { expected in
          await inspect(pool.primary) { core in core.connections.contains { $0.ledger.operationCount == expected } }
        }
        try await waitUntil("one is parsed") { await isSent(1) }
        let neighbours = [Task { try await pool.read(count) }, Task { try await pool.query(count) }]
        try await waitUntil("two are behind it") { await isSent(3) }
        victim.cancel()
        let error = await #expect(throws: PostgresError.self) { try await victim.value }
        #expect(error?.code == .cancelled)
        try await transaction.execute("INSERT INTO locked_while_parsed VALUES (1)")
        return neighbours
      }
      for neighbour in neighbours { #expect(try await neighbour.value.scalar(Int.self) == 1) }
      await other.close()
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
