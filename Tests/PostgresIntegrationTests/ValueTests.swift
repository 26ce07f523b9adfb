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

  @Test("A column is read alone as with others, and what is empty is not NULL")
  func columns() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      let rows = try await pool.read(
        #"""
        SELECT true, 2::int2, 3::int4, 4::int8, 'çay', 'epoch'::timestamptz, '\x0102'::bytea, ARRAY['a', '']
        UNION ALL SELECT false, -2::int2, -3::int4, -4::int8, '', 'infinity', '', ARRAY[]::text[]
        UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        """#)
      for row in rows.prefix(2) {
        let (bool, int2, int4, int8, text, time, bytes, texts) = try row.decode(
          (Bool, Int16, Int32, Int64, String, Timestamp, [UInt8], [String]).self)
        #expect(try row.column(0) == bool && row.column(1) == int2 && row.column(2) == int4 && row.column(3) == int8)
        #expect(try row.column(4) == text && row.column(5) == time && row.column(6) == bytes && row.column(7) == texts)
        #expect(try row.column(1) == Int16?.some(int2) && row.column(3) == Int64?.some(int8))
        #expect(try row.column(4) == String?.some(text) && row.column(5) == Timestamp?.some(time))
      }
      #expect(try rows[1].column(4, as: String?.self) == "" && rows[1].column(6, as: [UInt8].self) == [])
      let nulls = rows[2]
      #expect(try nulls.column(1, as: Int16?.self) == nil && nulls.column(3, as: Int64?.self) == nil)
      #expect(try nulls.column(4, as: String?.self) == nil && nulls.column(5, as: Timestamp?.self) == nil)
      let error = #expect(throws: PostgresError.self) { try nulls.column(4, as: String.self) }
      #expect(error?.message.hasPrefix("column ?column?: NULL where String was expected") == true)
      #expect(throws: PostgresError.self) { try nulls.column(8, as: String?.self) }
      #expect(throws: PostgresError.self) { try nulls.column(-1, as: Int64.self) }
      #expect(throws: PostgresError.self) { try rows[0].column(4, as: Int64?.self) }
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

  @Test("Bytes of a database without an encoding are an error as text, and can be had as bytea")
  func withoutEncoding() async throws {
    let server = try await Servers.shared()
    try await withPool(server.dsn()) {
      try await $0.execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    }
    try await withPool(server.dsn(database: "ascii")) { pool async throws in
      try await pool.execute("CREATE TABLE bytes (id bigint, value text)")
      try await pool.execute(#"INSERT INTO bytes VALUES (1, convert_from('\x61ff', 'SQL_ASCII')), (2, 'ok')"#)
      // The server checks what it sends to a client that speaks UTF-8.
      let error = await #expect(throws: PostgresError.self) { try await pool.read("SELECT value FROM bytes") }
      #expect(error?.sqlState == SQLState("22021"))
      let bytes = try await pool.read("SELECT convert_to(value, 'SQL_ASCII') FROM bytes ORDER BY id")
      #expect(try bytes.scalars([UInt8].self) == [[0x61, 0xFF], Array("ok".utf8)])
    }
  }

  @Test("Hostile JSON, numbers and texts are refused by the server with their SQLSTATE, one by one")
  func hostileParameters() async throws {
    try await withPool(Servers.shared().dsn(), { $0.maximumConnections = 1 }) { pool async throws in
      let notUTF8 = JSONText(bytes: [0xFF, 0xFE])
      let deep = JSONText(String(repeating: "[", count: 100_000))
      let large = try #require(ExactDecimal("99999999999"))
      let cases: [(sql: String, value: any PostgresEncodable, state: String)] = [
        ("SELECT $1::jsonb", notUTF8, "22021"), ("SELECT $1::jsonb", JSONText("{\"a\":"), "22P02"),
        ("SELECT $1::jsonb", JSONText("\"\\u0000\""), "22P05"), ("SELECT $1::jsonb", JSONText(bytes: []), "22P02"),
        ("SELECT $1::jsonb", deep, "54001"), ("SELECT $1::numeric::int", large, "22003"),
        ("SELECT $1::numeric(4,2)", large, "22003"), ("SELECT $1::int", "12x", "22P02"),
        ("SELECT $1::timestamptz", Timestamp(microseconds: .min + 946_684_800_000_005), "22008"),
      ]
      for (sql, value, state) in cases {
        let error = await #expect(throws: PostgresError.self) { try await pool.read(sql, [value]) }
        #expect(error?.sqlState == SQLState(state), "\(sql) \(String(describing: error))")
      }
      #expect(try await pool.read("SELECT $1::jsonb::text", [JSONText("[1]")]).scalar(String.self) == "[1]")
    }
  }

  @Test("Values at the edges of what the server sends are read, or refused by name")
  func edges() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      let long = "1" + String(repeating: "0", count: 130_000) + "." + String(repeating: "0", count: 16_000) + "1"
      let decimal = try #require(try await pool.read("SELECT $1::numeric", [long]).scalar(ExactDecimal.self))
      #expect(decimal.description == long)
      #expect(try await pool.read("SELECT $1::numeric = $2::numeric", [decimal, long]).scalar(Bool.self) == true)
      let precise = "-" + String(repeating: "123456789", count: 100) + "." + String(repeating: "987654321", count: 100)
      let sent = try #require(ExactDecimal(precise))
      #expect(try await pool.read("SELECT $1::numeric::text", [sent]).scalar(String.self) == precise)
      for sql in ["SELECT 'Infinity'::numeric", "SELECT '-Infinity'::numeric", "SELECT '{{1,2},{3,4}}'::bigint[]"] {
        let rows = try await pool.read(sql)
        let error = #expect(throws: PostgresError.self) {
          if sql.hasSuffix("[]") { _ = try rows.scalar([Int64].self) } else { _ = try rows.scalar(ExactDecimal.self) }
        }
        #expect(error?.code == .decoding)
      }
      #expect(try await pool.read("SELECT '[5:6]={1,2}'::int[]").scalar([Int].self) == [1, 2])
      #expect(try await pool.read("SELECT '{}'::varchar[]").scalar([String].self) == [])
      #expect(try await pool.read("SELECT ARRAY['a']::varchar[]").scalar([String].self) == ["a"])
      #expect(try await pool.read("SELECT ARRAY['{}'::jsonb, NULL]").scalar([JSONText?].self) == [JSONText("{}"), nil])
      #expect(try await pool.read("SELECT ARRAY['[1]'::json]").scalar([JSONText].self) == [JSONText("[1]")])
      let day = try await pool.read("SELECT ARRAY['2000-01-01 00:00:00'::timestamp]").scalar([Timestamp].self)
      #expect(day == [Timestamp(microseconds: 946_684_800_000_000)])
      let interval = try await pool.read("SELECT '1 day'::interval")
      #expect(throws: PostgresError.self) { try interval.scalar(String.self) }
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
