import PostgresClient
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Resident memory of this process in bytes.
func residentBytes() throws -> Int {
  let file = try #require(fopen("/proc/self/statm", "r"))
  defer { fclose(file) }
  var buffer = [CChar](repeating: 0, count: 256)
  let line = try #require(fgets(&buffer, 256, file).map { String(cString: $0) })
  return try #require(Int(line.split(separator: " ")[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
}

/// AddressSanitizer keeps the last 256 MiB that were freed.
func sanitizerReserve() -> Int {
  dlsym(UnsafeMutableRawPointer(bitPattern: 0), "__asan_init") == nil ? 0 : 256 << 20
}

@Suite("Streams of rows, COPY", .serialized)
struct StreamTests {
  @Test("A result of one gigabyte is streamed in bounded memory")
  func oneGigabyte() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      let before = try residentBytes()
      var bytes = 0
      var peak = before
      var rows = 0
      try await pool.stream("SELECT repeat('x', 100000) FROM generate_series(1, 10737)") { stream in
        for try await row in stream {
          bytes += try row.column(0, as: String.self).utf8.count
          rows += 1
          if rows % 500 == 0 { peak = max(peak, try residentBytes()) }
        }
      }
      #expect(bytes == 1_073_700_000)
      #expect(peak - before < (64 << 20) + sanitizerReserve(), "grew by \((peak - before) >> 20) MiB")
    }
  }

  @Test("A consumer that stops early stops the server, and the connection is used again")
  func stopsEarly() async throws {
    try await withPatientPool { pool async throws in
      let before = try await pool.read("SELECT pg_backend_pid()").scalar(Int.self)
      let firsts = try await pool.stream("SELECT generate_series(1, 100000000), repeat('x', 1000)") { rows in
        var firsts: [Int] = []
        for try await row in rows {
          firsts.append(try row.column(0))
          if firsts.count == 3 { break }
        }
        return firsts
      }
      #expect(firsts == [1, 2, 3])
      #expect(try await pool.read("SELECT pg_backend_pid()").scalar(Int.self) == before)
    }
  }

  @Test("A consumer that stands still stops the server, and has all rows in the end")
  func backPressure() async throws {
    let server = try await Servers.shared()
    let observer = try PostgresPool(PostgresPoolConfiguration(primary: try PostgresDSN(server.dsn())))
    try await withPool(server.dsn(), { $0.maximumConnections = 1 }) { pool async throws in
      let pid = try #require(try await pool.read("SELECT pg_backend_pid()").scalar(Int.self))
      let rows = try await pool.stream("SELECT i, repeat('x', 1000) FROM generate_series(1, 50000) AS i") { stream in
        var rows = 0
        for try await row in stream {
          rows += 1
          #expect(try row.column(0, as: Int.self) == rows)
          guard rows == 1 else { continue }
          try await waitUntil("the server waits for its client to read") {
            try await observer.read("SELECT wait_event FROM pg_stat_activity WHERE pid = $1", [pid])
              .scalar(String?.self) == "ClientWrite"
          }
        }
        return rows
      }
      #expect(rows == 50_000)
    }
    await observer.close()
  }

  @Test("A stream's deadline, and the cancellation of its task, end it on the server alone", arguments: [true, false])
  func streamEnds(isCancelled: Bool) async throws {
    let server = try await Servers.shared()
    let observer = try PostgresPool(PostgresPoolConfiguration(primary: try PostgresDSN(server.dsn())))
    try await withPatientPool { pool async throws in
      let before = try await pool.read("SELECT pg_backend_pid()").scalar(Int.self)
      let marker = "stream_ends_\(isCancelled)"
      let streaming = Task {
        try await pool.stream(
          "SELECT 1, pg_sleep(600) AS \(marker)", timeout: isCancelled ? nil : .milliseconds(100)
        ) { rows in
          for try await _ in rows {}
        }
      }
      if isCancelled {
        try await waitUntilActive(marker, observer)
        streaming.cancel()
      }
      let error = await #expect(throws: PostgresError.self) { try await streaming.value }
      #expect(error?.code == (isCancelled ? .cancelled : .timeout))
      #expect(try await pool.read("SELECT pg_backend_pid()").scalar(Int.self) == before)
    }
    await observer.close()
  }

  @Test("A COPY that is cancelled while its writer waits adds nothing, and one that is read in part ends")
  func copyEnds() async throws {
    try await withPatientPool { pool async throws in
      try await pool.execute("CREATE TABLE copy_ends (id bigint)")
      let before = try await pool.read("SELECT pg_backend_pid()").scalar(Int.self)
      let (begun, signal) = AsyncStream<Void>.makeStream()
      let copying = Task {
        try await pool.copyIn(into: "copy_ends") { writer in
          for id in 0..<100_000 { try await writer.write(Int64(id)) }
          signal.yield()
          try await Task.sleep(for: .seconds(600))
        }
      }
      for await _ in begun { break }
      copying.cancel()
      await #expect(throws: (any Error).self) { try await copying.value }
      let first = try await pool.copyOut(statement: "COPY (SELECT generate_series(1, 10000000)) TO STDOUT") { chunks in
        for try await chunk in chunks { return Array(chunk.prefix(4)) }
        return []
      }
      #expect(first == Array("1\n2\n".utf8))
      #expect(try await pool.read("SELECT count(*) FROM copy_ends").scalar(Int.self) == 0)
      #expect(try await pool.read("SELECT pg_backend_pid()").scalar(Int.self) == before)
    }
  }

  @Test("An error in the middle of a stream arrives after the rows before it")
  func errorInTheMiddle() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      var seen = 0
      let error = await #expect(throws: PostgresError.self) {
        try await pool.stream("SELECT 1 / (500 - i) FROM generate_series(1, 1000) AS i") { rows in
          for try await _ in rows { seen += 1 }
        }
      }
      #expect(error?.sqlState == SQLState("22012"))
      #expect(seen == 499)
    }
  }

  @Test("A stream in a transaction sees what the transaction did")
  func streamInTransaction() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      try await pool.execute("CREATE TABLE streamed_rows (id bigint)")
      try await pool.withTransaction { transaction in
        try await transaction.execute("INSERT INTO streamed_rows SELECT generate_series(1, 10)")
        let sum = try await transaction.stream("SELECT id FROM streamed_rows WHERE id > $1", [Int64(5)]) { rows in
          var sum = 0
          for try await row in rows { sum += try row.column(0, as: Int.self) }
          return sum
        }
        #expect(sum == 40)
        try await transaction.execute("DELETE FROM streamed_rows WHERE id = 1")
      }
      #expect(try await pool.read("SELECT count(*) FROM streamed_rows").scalar(Int.self) == 9)
    }
  }

  @Test("Rows copied in come out as they were")
  func copiesInAndOut() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      try await pool.execute(
        "CREATE TABLE copied (id bigint, title text, price numeric, tags text[], seen timestamptz)")
      let count = try await pool.copyIn(into: "copied", columns: ["id", "title", "price", "tags", "seen"]) { writer in
        for id in 0..<50_000 {
          try await writer.write(
            Int64(id), id % 7 == 0 ? nil : "title \(id)", ExactDecimal(Int64(id), scale: 2), ["a", "b"],
            Timestamp(microseconds: Int64(id)))
        }
      }
      #expect(count == 50_000)
      let check = try await pool.read(
        "SELECT count(*), count(title), sum(price)::text, min(tags[2]), max(seen) FROM copied"
      ).decode((Int, Int, String, String, Timestamp).self)
      #expect(check.first?.0 == 50_000)
      #expect(check.first?.1 == 42_857)
      #expect(check.first?.2 == "12499750.00")
      #expect(check.first?.3 == "b")
      #expect(check.first?.4 == Timestamp(microseconds: 49_999))
      let lines = try await pool.copyOut(statement: "COPY (SELECT id FROM copied ORDER BY id) TO STDOUT") { chunks in
        var text: [UInt8] = []
        for try await chunk in chunks { text += chunk }
        return text.split(separator: UInt8(ascii: "\n")).count
      }
      #expect(lines == 50_000)
    }
  }

  @Test("A COPY whose writer or server fails adds nothing and leaves the connection usable")
  func copyFails() async throws {
    struct Deliberate: Error {}
    try await withPatientPool { pool async throws in
      try await pool.execute("CREATE TABLE copy_fails (id int PRIMARY KEY)")
      let before = try await pool.read("SELECT pg_backend_pid()").scalar(Int.self)
      await #expect(throws: Deliberate.self) {
        try await pool.copyIn(into: "copy_fails") { writer in
          for id in 0..<100_000 { try await writer.write(Int32(id)) }
          throw Deliberate()
        }
      }
      let error = await #expect(throws: PostgresError.self) {
        try await pool.copyIn(into: "copy_fails") { writer in
          for id in 0..<200_000 { try await writer.write(Int32(id % 1000)) }
        }
      }
      #expect(error?.sqlState == .uniqueViolation)
      let missing = await #expect(throws: PostgresError.self) {
        try await pool.copyIn(into: "absent") { try await $0.write(1) }
      }
      #expect(missing?.sqlState == .undefinedTable)
      #expect(try await pool.read("SELECT count(*) FROM copy_fails").scalar(Int.self) == 0)
      #expect(try await pool.read("SELECT pg_backend_pid()").scalar(Int.self) == before)
    }
  }

  @Test("Text copied by hand in any format is taken")
  func copiesText() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      try await pool.execute("CREATE TABLE copied_text (id int, title text)")
      let count = try await pool.copyIn(statement: "COPY copied_text FROM STDIN (FORMAT csv)") { writer in
        try await writer.write(bytes: Array("1,\"a,b\"\n2,ş\n".utf8))
      }
      #expect(count == 2)
      #expect(try await pool.read("SELECT title FROM copied_text ORDER BY id").scalars(String.self) == ["a,b", "ş"])
    }
  }
}
