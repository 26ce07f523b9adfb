import PostgresClient
import TestSupport
import Testing

@Suite("Values to the server and back")
struct ValueTests {
  private func roundTrip<Value: PostgresEncodable & PostgresDecodable & Equatable>(
    _ pool: PostgresPool, _ value: Value, _ type: String, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let rows = try await pool.read("SELECT $1::\(type), $2::\(type)", [value, Optional<Value>.none])
    let (back, null) = try #require(try rows.decode((Value, Value?).self).first, sourceLocation: sourceLocation)
    #expect(back == value, sourceLocation: sourceLocation)
    #expect(null == nil, sourceLocation: sourceLocation)
  }

  @Test("Every type comes back as it was sent")
  func roundTrips() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      for flag in [true, false] { try await roundTrip(pool, flag, "boolean") }
      for number in [Int16.min, -1, 0, .max] { try await roundTrip(pool, number, "smallint") }
      for number in [Int32.min, -1, 0, .max] { try await roundTrip(pool, number, "integer") }
      for number in [Int64.min, -1, 0, .max] { try await roundTrip(pool, number, "bigint") }
      for number in [Double.infinity, -0.1, 1e300] { try await roundTrip(pool, number, "double precision") }
      for number in [Float.leastNormalMagnitude, 3.5] { try await roundTrip(pool, number, "real") }
      for text in ["", "kulaklık ışığı", "a'b\"c\\d", String(repeating: "ş", count: 100_000)] {
        try await roundTrip(pool, text, "text")
      }
      for bytes in [[], [0], Array(0...255)] as [[UInt8]] { try await roundTrip(pool, bytes, "bytea") }
      for time in [0, -1, 946_684_800_000_000, 1_765_432_100_123_456] as [Int64] {
        try await roundTrip(pool, Timestamp(microseconds: time), "timestamptz")
      }
      try await roundTrip(pool, Timestamp.infinity, "timestamptz")
      try await roundTrip(pool, UUIDBytes.random(), "uuid")
      try await roundTrip(pool, JSONText(#"{"a": [1, 2.50, "ş"]}"#), "jsonb")
      for number in ["0", "-0.05", "1", "10000", "123456789012345678901234567890.000000001", "0.00001", "NaN"] {
        let decimal = try #require(ExactDecimal(number))
        try await roundTrip(pool, decimal, "numeric")
        #expect(try await pool.read("SELECT $1::numeric::text", [decimal]).scalar(String.self) == number)
      }
      try await roundTrip(pool, [1, -2, .max] as [Int64], "bigint[]")
      try await roundTrip(pool, [] as [Int32], "integer[]")
      try await roundTrip(pool, ["a", nil, "", "ü,\"{}"] as [String?], "text[]")
      try await roundTrip(pool, [[1], [], [0, 255]] as [[UInt8]], "bytea[]")
      try await roundTrip(pool, [UUIDBytes.random(), .random()], "uuid[]")
      try await roundTrip(pool, [true, false], "boolean[]")
      try await roundTrip(pool, [Timestamp(microseconds: 5)], "timestamptz[]")
      try await roundTrip(pool, [ExactDecimal(150, scale: 2), nil], "numeric[]")
    }
  }

  @Test("A string fits every type that reads text")
  func stringsFitTypes() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      #expect(try await pool.read("SELECT $1::date = '2026-02-03'", ["2026-02-03"]).scalar(Bool.self) == true)
      #expect(try await pool.read("SELECT ($1::jsonb)->>'a'", [#"{"a":"b"}"#]).scalar(String.self) == "b")
      try await pool.execute("CREATE TYPE mood AS ENUM ('calm', 'tense')")
      #expect(try await pool.read("SELECT $1::mood", ["calm"]).scalar(String.self) == "calm")
    }
  }

  @Test("A text with U+0000 is refused before it is sent")
  func refusesNUL() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      let error = await #expect(throws: PostgresError.self) { try await pool.read("SELECT $1::int, $2", [1, "a\0b"]) }
      #expect(error?.code == .invalidParameter)
      #expect(error?.message.hasPrefix("parameter $2: ") == true)
      await #expect(throws: PostgresError.self) { try await pool.read("SELECT 1 \0 + 1") }
    }
  }

  @Test("Invalid UTF-8 made on the server is an error of that statement, not a garbled string")
  func invalidUTF8() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await pool.read("SELECT convert_from($1, 'UTF8')", [[0xC3, 0x28] as [UInt8]])
      }
      #expect(error?.sqlState == SQLState("22021"))
    }
  }

  @Test("A wrong type, NULL and a missing column are named")
  func decodingErrors() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      let rows = try await pool.read("SELECT 'x'::text AS title, NULL::bigint AS amount")
      let row = try #require(rows.first)
      #expect(throws: PostgresError.self) { try row.decode((Int64, Int64).self) }
      let null = #expect(throws: PostgresError.self) { try row.column("amount", as: Int64.self) }
      #expect(null?.message.contains("amount") == true)
      #expect(null?.code == .decoding)
      #expect(throws: PostgresError.self) { try row.column(2, as: Int64.self) }
      #expect(throws: PostgresError.self) { try row.column("absent", as: Int64.self) }
    }
  }

  @Test("Descriptions of errors show no values")
  func descriptionsShowNoValues() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      try await pool.execute("CREATE TABLE secrets (id text PRIMARY KEY)")
      try await pool.execute("INSERT INTO secrets VALUES ($1)", ["hunter2"])
      for (sql, values) in [
        ("INSERT INTO secrets VALUES ($1)", ["hunter2"]), ("SELECT $1::integer", ["hunter2"]),
        ("SELECT $1::regclass", ["hunter2"]),
      ] as [(String, [any PostgresEncodable])] {
        let error = await #expect(throws: PostgresError.self) { try await pool.query(sql, values) }
        #expect(error.map { "\($0)".contains("hunter2") } == false)
        #expect(error.map { "\($0)".count > 20 } == true)
      }
    }
  }
}
