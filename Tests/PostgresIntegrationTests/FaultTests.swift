import PostgresClient
import TestSupport
import Testing

@Suite("Faults of the server and the network", .serialized)
struct FaultTests {
  @Test("kill -9 under load loses no acknowledged write, and the pool is healthy within two seconds of the return")
  func killNine() async throws {
    let server = try await PrivatePostgres.start()
    try await withPool(server.dsn(), { $0.maximumConnections = 8 }) { pool async throws in
      try await pool.execute("CREATE TABLE acknowledged (id bigint PRIMARY KEY)")
      let writers = (0..<32).map { writer in
        Task {
          var acknowledged: [Int] = []
          var errors: [PostgresError] = []
          for round in 0... {
            let id = writer * 1_000_000 + round
            do {
              if round % 3 == 0 {
                try await pool.withTransaction { transaction in
                  try await transaction.execute("INSERT INTO acknowledged VALUES ($1)", [id])
                  try await transaction.query("SELECT 1")
                }
              } else {
                try await pool.execute("INSERT INTO acknowledged VALUES ($1)", [id])
              }
              acknowledged.append(id)
            } catch let error as PostgresError {
              errors.append(error)
              break
            }
          }
          return (acknowledged, errors)
        }
      }
      try await waitUntil("writers are at work") {
        try await pool.read("SELECT count(*) FROM acknowledged").scalar(Int.self) ?? 0 > 500
      }
      try await server.kill()
      var acknowledged: Set<Int> = []
      for writer in writers {
        let (ids, errors) = try await writer.value
        acknowledged.formUnion(ids)
        let error = try #require(errors.first)
        #expect([.connectionLost, .poolTimeout, .connectFailed].contains(error.code), "\(error)")
      }
      try await server.restart()
      let returned = ContinuousClock.now
      #expect(try await pool.read("SELECT 1", timeout: .seconds(2)).scalar(Int.self) == 1)
      #expect(ContinuousClock.now - returned < .seconds(2))
      let stored = Set(try await pool.read("SELECT id FROM acknowledged").scalars(Int.self))
      #expect(acknowledged.count > 100)
      #expect(acknowledged.subtracting(stored).isEmpty)
    }
    try await server.tearDown()
  }

  @Test("A server that stands still: deadlines hold, and the pool comes back")
  func paused() async throws {
    let server = try await PrivatePostgres.start()
    try await withPool(server.dsn(), { $0.responseGrace = .milliseconds(300) }) { pool async throws in
      try await pool.execute("CREATE TABLE paused_rows (id bigint)")
      try await server.pause()
      let start = ContinuousClock.now
      let read = await #expect(throws: PostgresError.self) {
        try await pool.read("SELECT 1", timeout: .milliseconds(200))
      }
      #expect(read?.code == .timeout)
      let write = await #expect(throws: PostgresError.self) {
        try await pool.execute("INSERT INTO paused_rows VALUES (1)", timeout: .milliseconds(200))
      }
      #expect(write?.code == .timeout || write?.code == .poolTimeout || write?.code == .connectionLost)
      #expect(ContinuousClock.now - start < .seconds(4))
      server.resume()
      #expect(try await pool.read("SELECT 1").scalar(Int.self) == 1)
    }
    try await server.tearDown()
  }

  @Test("Listening goes on after the server's restart, and says that something may have been missed")
  func listenSurvives() async throws {
    let server = try await PrivatePostgres.start()
    try await withPool(server.dsn()) { pool async throws in
      let channel = try pool.listen("Price-Changed")
      var events = channel.makeAsyncIterator()
      #expect(try await events.next() == .listening)
      try await pool.notify("Price-Changed", payload: "one")
      guard case .notification(let first)? = try await events.next() else {
        Issue.record("no notification")
        return
      }
      #expect(first.payload == "one")
      try await server.kill()
      try await server.restart()
      #expect(try await events.next() == .listening)
      try await pool.waitUntilReady(timeout: .seconds(5))
      try await pool.notify("Price-Changed", payload: "two")
      guard case .notification(let second)? = try await events.next() else {
        Issue.record("no notification")
        return
      }
      #expect(second.payload == "two")
      let waiting = Task {
        var events = channel.makeAsyncIterator()
        return try await events.next()
      }
      waiting.cancel()
      #expect(try await waiting.value == nil)
    }
    try await server.tearDown()
  }

  @Test("Through a bad network: resets and black holes are errors in time, a delay is waited for")
  func badNetwork() async throws {
    let server = try await Servers.shared()
    let proxy = try await FaultyProxy.start(port: server.port)
    try await withPool(
      server.tcpDSN(port: proxy.port),
      {
        $0.maximumConnections = 2
        $0.responseGrace = .milliseconds(300)
        $0.connectTimeout = .milliseconds(500)
      }
    ) { pool async throws in
      #expect(try await pool.read("SELECT 1").scalar(Int.self) == 1)
      proxy.delay(.milliseconds(30))
      #expect(try await pool.read("SELECT 2").scalar(Int.self) == 2)
      proxy.delay(nil)
      let sleeping = Task { try await pool.query("SELECT pg_sleep(60) AS reset_me") }
      try await waitUntil("the sleeper sleeps") {
        try await withPool(server.dsn()) { observer in
          try await observer.read(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(60) AS reset_me'"
          ).scalar(Int.self) == 1
        }
      }
      await proxy.resetAll()
      let lost = await #expect(throws: PostgresError.self) { try await sleeping.value }
      #expect(lost?.code == .connectionLost)
      #expect(lost?.isOutcomeUnknown == true)
      #expect(try await pool.read("SELECT 3").scalar(Int.self) == 3)
      proxy.blackHole(true)
      let start = ContinuousClock.now
      let swallowed = await #expect(throws: PostgresError.self) {
        try await pool.execute("SELECT 4", timeout: .milliseconds(200))
      }
      #expect(swallowed?.code == .timeout)
      #expect(ContinuousClock.now - start < .seconds(3))
      proxy.blackHole(false)
      await proxy.resetAll()
      #expect(try await pool.read("SELECT 5").scalar(Int.self) == 5)
    }
    await proxy.close()
  }

  @Test("A prepared statement survives a change of its table")
  func changedTable() async throws {
    try await withPool(Servers.shared().dsn(), { $0.maximumConnections = 1 }) { pool async throws in
      try await pool.execute("CREATE TABLE changed_table (id bigint)")
      try await pool.execute("INSERT INTO changed_table VALUES (1)")
      #expect(try await pool.read("SELECT * FROM changed_table").first?.columnCount == 1)
      try await pool.execute("ALTER TABLE changed_table ADD title text")
      #expect(try await pool.read("SELECT * FROM changed_table").first?.columnCount == 2)
      try await pool.execute("ALTER TABLE changed_table ALTER id TYPE integer")
      #expect(try await pool.query("SELECT * FROM changed_table").first?.columnCount == 2)
    }
  }

  @Test("More statements than the cache holds are prepared again, and the server keeps no more than that")
  func statementCache() async throws {
    try await withPool(
      Servers.shared().dsn(),
      {
        $0.maximumConnections = 1
        $0.statementCacheSize = 8
      }
    ) { pool async throws in
      for round in 0..<3 {
        for index in 0..<40 { #expect(try await pool.read("SELECT \(index) + $1::int", [Int32(round)]).count == 1) }
      }
      let kept = try await pool.read("SELECT count(*) FROM pg_prepared_statements").scalar(Int.self)
      #expect(try #require(kept) <= 9)
    }
  }

  @Test("Connections are replaced when they are old")
  func maximumAge() async throws {
    try await withPool(
      Servers.shared().dsn(),
      {
        $0.maximumConnections = 1
        $0.maximumConnectionAge = .milliseconds(200)
        $0.healthCheckInterval = .milliseconds(20)
      }
    ) { pool async throws in
      let first = try await pool.read("SELECT pg_backend_pid()").scalar(Int.self)
      try await waitUntil("another process serves") {
        try await pool.read("SELECT pg_backend_pid()").scalar(Int.self) != first
      }
    }
  }
}
