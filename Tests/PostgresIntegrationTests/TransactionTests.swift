import PostgresClient
import TestSupport
import Testing

private struct Deliberate: Error {}

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
