import TestSupport
import Testing

@testable import PostgresClient

@Suite("The pool's connections")
struct PoolTests {
  @Test("A connection past its age that is held costs no wake-ups, and is replaced when it comes back")
  func heldPastItsAge() async throws {
    try await withPool(
      Servers.shared().dsn(),
      {
        $0.maximumConnections = 1
        $0.maximumConnectionAge = .milliseconds(50)
        $0.healthCheckInterval = .seconds(3600)
        $0.queryTimeout = .seconds(3600)
        $0.acquisitionTimeout = .seconds(3600)
      }
    ) { pool async throws in
      let held = try await pool.withTransaction { transaction in
        let pid = try await transaction.query("SELECT pg_backend_pid()").scalar(Int.self)
        try await waitUntil("the age is past, and the next look at the pool is far away") {
          await inspect(pool.primary) { core in
            let now = MonotonicClock.now()
            return core.connections.allSatisfy { $0.expiresAt < now } && core.nextWake > now + 60_000_000_000
          }
        }
        return pid
      }
      #expect(try await pool.read("SELECT pg_backend_pid()").scalar(Int.self) != held)
    }
  }

  @Test("What was kept for a task that no longer waits is shared again", arguments: [true, false])
  func reservationEnds(isCancelled: Bool) async throws {
    try await withPool(Servers.shared().dsn(), { $0.maximumConnections = 1 }) { pool async throws in
      let observer = try PostgresPool(PostgresPoolConfiguration(primary: pool.configuration.primary))
      let sleeper = Task { try await pool.query("SELECT pg_sleep(600) AS reserving_\(isCancelled)") }
      try await waitUntilActive("reserving_\(isCancelled)", observer)
      let waiter = Task {
        try await pool.withTransaction(timeout: isCancelled ? .seconds(600) : .milliseconds(50)) { _ in }
      }
      if isCancelled {
        try await waitUntil("the connection is reserved") {
          await inspect(pool.primary) { core in core.connections.contains { $0.isReserved } }
        }
        waiter.cancel()
      }
      let error = await #expect(throws: PostgresError.self) { try await waiter.value }
      #expect(error?.code == (isCancelled ? .cancelled : .poolTimeout))
      try await waitUntil("the connection is shared again") {
        await inspect(pool.primary) { core in core.connections.allSatisfy { !$0.isReserved } }
      }
      sleeper.cancel()
      _ = await sleeper.result
      #expect(try await pool.read("SELECT 1").scalar(Int.self) == 1)
      await observer.close()
    }
  }

  @Test("A session that may hold an advisory lock is not given to others")
  func doubtfulLock() async throws {
    try await withPool(Servers.shared().dsn(), { $0.maximumConnections = 1 }) { pool async throws in
      let before = try await pool.read("SELECT pg_backend_pid()").scalar(Int.self)
      let other = try PostgresPool(PostgresPoolConfiguration(primary: pool.configuration.primary))
      try await other.withAdvisoryLock(1147) {
        let error = await #expect(throws: PostgresError.self) {
          try await pool.withAdvisoryLock(1147, timeout: .milliseconds(100)) {}
        }
        #expect(error?.code == .timeout)
      }
      #expect(try await pool.read("SELECT pg_backend_pid()").scalar(Int.self) != before)
      // One that has given its lock back is as good as any.
      let kept = try await pool.read("SELECT pg_backend_pid()").scalar(Int.self)
      try await pool.withAdvisoryLock(1147) {}
      #expect(try await pool.read("SELECT pg_backend_pid()").scalar(Int.self) == kept)
      await other.close()
    }
  }

  @Test("Whoever works under an advisory lock is cancelled when its session ends, and told that the lock was lost")
  func lostLock() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await pool.withAdvisoryLock(1148) {
          try await pool.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1148 AND granted
            """)
          try await Task.sleep(for: .seconds(600))
        }
      }
      #expect(error?.code == .connectionLost)
      #expect(try await pool.withTransaction { try await $0.tryAdvisoryLock(1148) } == true)
    }
  }

  @Test("The minimum is kept open, more are opened under load up to the maximum, and closed without work")
  func minimumAndMaximum() async throws {
    try await withPool(
      Servers.shared().dsn(),
      {
        $0.minimumConnections = 2
        $0.maximumConnections = 5
        $0.idleTimeout = .milliseconds(100)
        $0.healthCheckInterval = .milliseconds(20)
      }
    ) { pool async throws in
      let open: @Sendable () async -> Int = { await inspect(pool.primary) { $0.connections.count } }
      try await waitUntil("the minimum is open") { await open() == 2 }
      let sleepers = (0..<9).map { _ in
        Task { try await pool.withTransaction { try await $0.query("SELECT pg_sleep(0.1)") } }
      }
      try await waitUntil("the maximum is open") { await open() == 5 }
      for sleeper in sleepers { _ = try await sleeper.value }
      #expect(await open() <= 5)
      try await waitUntil("the spare ones are closed") { await open() == 2 }
      #expect(try await pool.read("SELECT 1").scalar(Int.self) == 1)
    }
  }

  @Test("A connection that died in silence is found out before anybody needs it")
  func healthCheck() async throws {
    let server = try await Servers.shared()
    let proxy = try await FaultyProxy.start(port: server.port)
    try await withPool(
      server.tcpDSN(port: proxy.port),
      {
        $0.healthCheckInterval = .milliseconds(50)
        $0.responseGrace = .milliseconds(100)
        $0.connectTimeout = .seconds(2)
        $0.acquisitionTimeout = .seconds(60)
      }
    ) { pool async throws in
      try await pool.waitUntilReady(timeout: .seconds(30))
      let first = await inspect(pool.primary) { $0.connections.map(\.token) }
      proxy.blackHole(true)
      try await waitUntil("the dead connection is closed") {
        await inspect(pool.primary) { core in core.connections.allSatisfy { !first.contains($0.token) } }
      }
      proxy.blackHole(false)
      await proxy.resetAll()
      #expect(try await pool.read("SELECT 1").scalar(Int.self) == 1)
    }
    await proxy.close()
  }
}
