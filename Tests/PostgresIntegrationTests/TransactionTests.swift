import NIOConcurrencyHelpers
import PostgresClient
import TestSupport
import Testing

private struct Deliberate: Error {}

private final class Counter: Sendable {
  private let count = NIOLockedValueBox(0)
  var value: Int { count.withLockedValue { $0 } }
  func increment() { count.withLockedValue { $0 += 1 } }
}

@Suite("Transactions")
struct TransactionTests {
  @Test("What a transaction did is there after its end, and gone after an error")
  func commitsAndRollsBack() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      try await pool.execute("CREATE TABLE committed_rows (id bigint)")
      try await pool.withTransaction { transaction in
        try await transaction.execute("INSERT INTO committed_rows VALUES ($1)", [1])
        #expect(try await pool.read("SELECT count(*) FROM committed_rows").scalar(Int.self) == 0)
      }
      await #expect(throws: Deliberate.self) {
        try await pool.withTransaction { transaction in
          try await transaction.execute("INSERT INTO committed_rows VALUES ($1)", [2])
          throw Deliberate()
        }
      }
      #expect(try await pool.read("SELECT id FROM committed_rows").scalars(Int64.self) == [1])
    }
  }

  @Test("A savepoint undoes only its own part")
  func savepoints() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      try await pool.execute("CREATE TABLE savepoint_rows (id bigint PRIMARY KEY)")
      try await pool.withTransaction { transaction in
        try await transaction.execute("INSERT INTO savepoint_rows VALUES (1)")
        let error = await #expect(throws: PostgresError.self) {
          try await transaction.withSavepoint {
            try await transaction.execute("INSERT INTO savepoint_rows VALUES (2)")
            try await transaction.withSavepoint {
              try await transaction.execute("INSERT INTO savepoint_rows VALUES (3)")
            }
            try await transaction.execute("INSERT INTO savepoint_rows VALUES (1)")
          }
        }
        #expect(error?.sqlState == .uniqueViolation)
        try await transaction.withSavepoint { try await transaction.execute("INSERT INTO savepoint_rows VALUES (4)") }
      }
      #expect(try await pool.read("SELECT id FROM savepoint_rows ORDER BY id").scalars(Int64.self) == [1, 4])
    }
  }

  @Test("A swallowed error does not pass for a commit")
  func swallowedError() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await pool.withTransaction { transaction in
          _ = try? await transaction.query("SELECT 1 / 0")
        }
      }
      #expect(error?.code == .transactionAborted)
      #expect(try await pool.read("SELECT 1").scalar(Int.self) == 1)
    }
  }

  @Test("Colliding serializable transactions are run again until all have succeeded")
  func serializationRetries() async throws {
    try await withPool(Servers.shared().dsn(), { $0.maximumConnections = 8 }) { pool async throws in
      try await pool.execute("CREATE TABLE counters (id int PRIMARY KEY, n bigint NOT NULL)")
      try await pool.execute("INSERT INTO counters VALUES (1, 0)")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask {
            for _ in 0..<5 {
              try await pool.withTransaction(isolation: .serializable, retries: .init(attempts: 100)) { transaction in
                let n = try await transaction.query("SELECT n FROM counters WHERE id = 1").scalar(Int64.self) ?? -1
                try await transaction.execute("UPDATE counters SET n = $1 WHERE id = 1", [n + 1])
              }
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await pool.read("SELECT n FROM counters").scalar(Int64.self) == 40)
    }
  }

  @Test("A transaction has the isolation that was asked for, and a read-only one writes nothing")
  func isolation() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      try await pool.execute("CREATE TABLE isolated_rows (id bigint)")
      for level in [PostgresTransaction.Isolation.readCommitted, .repeatableRead, .serializable] {
        let seen = try await pool.withTransaction(isolation: level) { transaction in
          try await transaction.query("SELECT current_setting('transaction_isolation')").scalar(String.self)
        }
        #expect(seen == level.rawValue.lowercased())
      }
      try await pool.withTransaction(isolation: .repeatableRead) { transaction async throws in
        #expect(try await transaction.query("SELECT count(*) FROM isolated_rows").scalar(Int.self) == 0)
        try await pool.execute("INSERT INTO isolated_rows VALUES (1)")
        #expect(try await transaction.query("SELECT count(*) FROM isolated_rows").scalar(Int.self) == 0)
      }
      let error = await #expect(throws: PostgresError.self) {
        try await pool.withTransaction(isReadOnly: true) { try await $0.execute("DELETE FROM isolated_rows") }
      }
      #expect(error?.sqlState == SQLState("25006"))
    }
  }

  @Test("Of two transactions that wait for each other one is run again, if its body is marked repeatable")
  func deadlockRetries() async throws {
    let server = try await PrivatePostgres.start(settings: ["deadlock_timeout": "10ms"])
    try await withPool(server.dsn(), { $0.minimumConnections = 2 }) { pool async throws in
      try await pool.execute("CREATE TABLE deadlocked (id int PRIMARY KEY, n int NOT NULL)")
      try await pool.execute("INSERT INTO deadlocked VALUES (1, 0), (2, 0)")
      let holding = Counter()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (first, second) in [(1, 2), (2, 1)] {
          group.addTask {
            try await pool.withTransaction(retries: .init(attempts: 100)) { transaction in
              try await transaction.execute("UPDATE deadlocked SET n = n + 1 WHERE id = $1", [first])
              holding.increment()
              try await waitUntil("both hold a row") { holding.value >= 2 }
              try await transaction.execute("UPDATE deadlocked SET n = n + 1 WHERE id = $1", [second])
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await pool.read("SELECT n FROM deadlocked").scalars(Int.self) == [2, 2])
      #expect(holding.value >= 3)
    }
    try await server.tearDown()
  }

  @Test("Transactions and shared statements both get on when connections are scarce")
  func mixedLoad() async throws {
    try await withPool(Servers.shared().dsn(), { $0.maximumConnections = 2 }) { pool async throws in
      try await pool.execute("CREATE TABLE mixed_rows (id bigint)")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<40 {
          group.addTask {
            for round in 0..<10 {
              if task % 2 == 0 {
                try await pool.withTransaction { transaction in
                  try await transaction.execute("INSERT INTO mixed_rows VALUES ($1)", [task * 100 + round])
                }
              } else {
                _ = try await pool.read("SELECT $1::bigint", [round])
              }
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await pool.read("SELECT count(DISTINCT id) FROM mixed_rows").scalar(Int.self) == 200)
    }
  }

  @Test("An advisory lock keeps a second session out until it is given back")
  func advisoryLocks() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      try await pool.withAdvisoryLock(4711) {
        let taken = try await pool.withTransaction { try await $0.tryAdvisoryLock(4711) }
        #expect(taken == false)
        let error = await #expect(throws: PostgresError.self) {
          try await pool.withAdvisoryLock(4711, timeout: .milliseconds(100)) {}
        }
        #expect(error?.code == .timeout)
      }
      #expect(try await pool.withTransaction { try await $0.tryAdvisoryLock(4711) } == true)
    }
  }
}
