import PostgresClient
import TestSupport
import Testing

@Suite("Statements of many tasks on few connections")
struct PipelineTests {
  @Test("Two hundred tasks on eight connections each get their own result")
  func manyTasks() async throws {
    let server = try await Servers.shared()
    try await withPool(
      server.dsn(),
      {
        $0.maximumConnections = 8
        $0.name = "two hundred"
      }
    ) { pool async throws in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<200 {
          group.addTask {
            for round in 0..<20 {
              let number = Int64(task * 1000 + round)
              let rows = try await pool.read("SELECT $1::bigint, $1::bigint::text", [number])
              let values = try rows.decode((Int64, String).self)
              #expect(values.count == 1)
              #expect(values[0] == (number, String(number)))
            }
          }
        }
        try await group.waitForAll()
      }
      let open = try await pool.read("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'two hundred'")
      #expect((1...8).contains(try #require(try open.scalar(Int.self))))
    }
  }

  @Test("A failing statement between good ones fails alone")
  func failingNeighbour() async throws {
    let server = try await Servers.shared()
    try await withPool(server.dsn(), { $0.maximumConnections = 1 }) { pool async throws in
      try await pool.execute("CREATE TABLE failing_neighbour (id bigint PRIMARY KEY)")
      let outcomes = await withTaskGroup(of: (Int, Result<Int64?, any Error>).self) { group in
        for index in 0..<300 {
          group.addTask {
            do {
              switch index % 10 {
              case 3:
                return (index, .success(try await pool.read("SELECT 1 / $1::bigint", [Int64(0)]).scalar(Int64.self)))
              case 5:
                let done = try await pool.execute("INSERT INTO failing_neighbour VALUES ($1)", [Int64(index)])
                return (index, .success(Int64(done)))
              case 7:
                let done = try await pool.execute("INSERT INTO failing_neighbour VALUES ($1), ($1)", [Int64(index)])
                return (index, .success(Int64(done)))
              case 9: return (index, .success(try await pool.read("SELECT nonsense").scalar(Int64.self)))
              default:
                return (index, .success(try await pool.read("SELECT $1::bigint", [Int64(index)]).scalar(Int64.self)))
              }
            } catch {
              return (index, .failure(error))
            }
          }
        }
        return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      for (index, outcome) in outcomes {
        switch (index % 10, outcome) {
        case (3, .failure(let error as PostgresError)): #expect(error.sqlState == SQLState("22012"))
        case (5, .success(let count)): #expect(count == 1)
        case (7, .failure(let error as PostgresError)):
          #expect(error.sqlState == .uniqueViolation)
          #expect(error.constraint == "failing_neighbour_pkey")
        case (9, .failure(let error as PostgresError)):
          #expect(error.sqlState == SQLState("42703"))
          #expect(error.position == 8)
        case (let kind, .success(let value)) where ![3, 5, 7, 9].contains(kind): #expect(value == Int64(index))
        default: Issue.record("statement \(index) ended with \(outcome)")
        }
      }
      let stored = try await pool.read("SELECT count(*) FROM failing_neighbour").scalar(Int64.self)
      #expect(stored == 30)
    }
  }

  @Test("What would change a shared connection under its other users is refused before it is sent")
  func refusedStatements() async throws {
    try await withPool(Servers.shared().dsn(), { $0.maximumConnections = 1 }) { pool async throws in
      for sql in ["copy pg_class to stdout", " -- it\n; Copy (SELECT 1) TO STDOUT", "BEGIN", "SET search_path = x"] {
        let error = await #expect(throws: PostgresError.self) { try await pool.query(sql) }
        #expect(error?.code == .invalidUse)
      }
      let write = await #expect(throws: PostgresError.self) { try await pool.read("INSERT INTO t VALUES (1)") }
      #expect(write?.code == .invalidUse)
      try await pool.withTransaction { transaction in
        let error = await #expect(throws: PostgresError.self) { try await transaction.execute("COMMIT") }
        #expect(error?.code == .invalidUse)
        try await transaction.execute("SET LOCAL work_mem = '8MB'")
      }
      #expect(try await pool.read("SELECT 1").scalar(Int.self) == 1)
    }
  }

  @Test("An error of a function's own under the SQLSTATE and words of a stale plan is not taken for one")
  func raisedLikeAStalePlan() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      try await pool.execute("CREATE SEQUENCE raised_calls")
      try await pool.execute(
        """
        CREATE FUNCTION raise_stale() RETURNS bigint LANGUAGE plpgsql AS $$
        BEGIN
          -- A sequence is not rolled back: it counts the calls.
          PERFORM nextval('raised_calls');
          RAISE EXCEPTION 'cached plan must not change result type' USING ERRCODE = '0A000';
        END $$
        """)
      let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT raise_stale()") }
      #expect(error?.sqlState == .featureNotSupported)
      #expect(try await pool.read("SELECT last_value FROM raised_calls").scalar(Int.self) == 1)
    }
  }

  @Test("A statement is parsed once for each connection, however often it runs")
  func preparedOnce() async throws {
    try await withPool(Servers.shared().dsn(), { $0.maximumConnections = 1 }) { pool async throws in
      for number in 0..<50 { _ = try await pool.read("SELECT $1::bigint AS prepared_once", [number]) }
      let runs = try await pool.read(
        """
        SELECT generic_plans + custom_plans FROM pg_prepared_statements
        WHERE statement = 'SELECT $1::bigint AS prepared_once'
        """
      ).scalars(Int64.self)
      #expect(runs == [50])
    }
  }

  @Test("A write is not acknowledged before a deferred constraint is checked")
  func deferredConstraint() async throws {
    let server = try await Servers.shared()
    try await withPool(server.dsn()) { pool async throws in
      try await pool.execute("CREATE TABLE deferred_rows (id bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)")
      try await pool.execute("INSERT INTO deferred_rows VALUES (1)")
      let error = await #expect(throws: PostgresError.self) {
        try await pool.execute("INSERT INTO deferred_rows VALUES (1)")
      }
      #expect(error?.sqlState == .uniqueViolation)
      #expect(try await pool.read("SELECT count(*) FROM deferred_rows").scalar(Int64.self) == 1)
    }
  }
}
