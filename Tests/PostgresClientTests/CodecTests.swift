import Testing

@testable import PostgresClient

@Suite("Values without a server")
struct CodecTests {
  private func encoded(_ value: some PostgresEncodable) throws -> [UInt8]? {
    var writer = ByteWriter()
    return try value.encode(into: &writer) ? writer.bytes : nil
  }

  private func decode<Value: PostgresDecodable>(_ type: PostgresType, _ bytes: [UInt8], as: Value.Type) throws -> Value
  {
    try bytes.withUnsafeBytes { try Value.decode(PostgresCell(type: type, bytes: $0)) }
  }

  @Test("Integers are in network order")
  func integers() throws {
    #expect(try encoded(Int32(-2)) == [0xFF, 0xFF, 0xFF, 0xFE])
    #expect(try encoded(Int16(258)) == [1, 2])
    #expect(try encoded(Int64?.none) == nil)
    #expect(try decode(.int4, [0, 0, 1, 0], as: Int64.self) == 256)
    #expect(throws: PostgresError.self) { try decode(.int8, [0, 0, 0, 1, 0, 0, 0, 0], as: Int32.self) }
    #expect(throws: PostgresError.self) { try decode(.int4, [0, 0, 1], as: Int32.self) }
  }

  @Test(
    "A decimal is read and written exactly",
    arguments: [
      "0", "0.00", "-0.05", "1", "9999", "10000", "100000000", "0.0001", "0.00001", "-12345678.123456789", "5000.5",
    ])
  func decimals(text: String) throws {
    let decimal = try #require(ExactDecimal(text))
    #expect(decimal.description == text)
    #expect(try decode(.numeric, try #require(try encoded(decimal)), as: ExactDecimal.self) == decimal)
  }

  @Test("Minor units go in and out of a decimal")
  func minorUnits() {
    #expect(ExactDecimal(129_900, scale: 2).description == "1299.00")
    #expect(ExactDecimal(-5, scale: 2).description == "-0.05")
    #expect(ExactDecimal(.min, scale: 0).unscaled(scale: 0) == .min)
    #expect(ExactDecimal("1299")?.unscaled(scale: 2) == 129_900)
    #expect(ExactDecimal("12.345")?.unscaled(scale: 2) == nil)
    #expect(ExactDecimal("12.340")?.unscaled(scale: 2) == 1234)
    #expect(ExactDecimal("99999999999999999999")?.unscaled(scale: 0) == nil)
    for bad in ["", ".", "-", "1e5", "1,5", "0x1", " 1", "1.2.3"] { #expect(ExactDecimal(bad) == nil) }
  }

  @Test("A UUID's text is read strictly")
  func uuids() {
    let text = "01234567-89ab-cdef-fedc-ba9876543210"
    #expect(UUIDBytes(text)?.description == text)
    #expect(UUIDBytes(text.uppercased())?.description == text)
    for bad in ["", String(text.dropLast()), text + "0", text.replacing("-", with: "0"), "g" + text.dropFirst()] {
      #expect(UUIDBytes(bad) == nil)
    }
    #expect(UUIDBytes.random().description.dropFirst(14).first == "4")
  }

  @Test(
    "Timestamps are shown in ISO 8601",
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999Z"), (951_782_400_000_000, "2000-02-29T00:00:00Z"),
      (1_770_091_506_000_007, "2026-02-03T04:05:06.000007Z"), (Int64.max, "infinity"),
    ] as [(Int64, String)])
  func timestamps(microseconds: Int64, text: String) {
    #expect(Timestamp(microseconds: microseconds).description == text)
  }

  @Test("Hostile bytes of arrays, numerics and jsonb are errors")
  func hostileBytes() {
    let hugeCount: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1]
    #expect(throws: PostgresError.self) { try decode(.int8Array, hugeCount, as: [Int64].self) }
    for length in 0..<20 {
      let cut = Array(hugeCount.prefix(length))
      #expect(throws: PostgresError.self) { try decode(.int8Array, cut, as: [Int64].self) }
    }
    let numeric: [UInt8] = [0x7F, 0xFF, 0, 0, 0, 0, 0, 0]
    #expect(throws: PostgresError.self) { try decode(.numeric, numeric, as: ExactDecimal.self) }
    for hostile: [UInt8] in [
      [0xFF, 0xFF, 0, 0, 0, 0, 0, 0],  // more digits than there are bytes
      [0, 1, 0, 0, 0, 0, 0, 0, 0x27, 0x10],  // the digit 10,000
      [0, 1, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],  // a negative digit
      [0, 0, 0, 0, 0xD0, 0, 0, 0],  // infinity, which has no ExactDecimal
      [0, 0, 0, 0, 0x12, 0x34, 0, 0],  // a sign that does not exist
      [0, 0, 0, 0, 0, 0, 0x40, 0],  // a scale beyond 16,383
      [0, 0, 0, 0, 0, 0, 0, 0, 0],  // a byte too many
    ] {
      #expect(throws: PostgresError.self) { try decode(.numeric, hostile, as: ExactDecimal.self) }
    }
    #expect(throws: PostgresError.self) { try decode(.jsonb, [2, 123], as: JSONText.self) }
    #expect(throws: PostgresError.self) { try decode(.jsonb, [], as: JSONText.self) }
  }

  @Test("The largest and smallest exponents of a numeric are read without harm")
  func extremeNumerics() throws {
    let large = try decode(.numeric, [0, 1, 0x7F, 0xFF, 0, 0, 0, 0, 0, 9], as: ExactDecimal.self)
    #expect(large.description.count == 131_069)
    #expect(large.unscaled(scale: 0) == nil)
    let small = try decode(.numeric, [0, 1, 0x80, 0, 0x40, 0, 0x3F, 0xFF, 0, 9], as: ExactDecimal.self)
    #expect(small.description.hasPrefix("-0.000"))
    #expect(try encoded(large) == [0, 1, 0x7F, 0xFF, 0, 0, 0, 0, 0, 9])
    let zeros = try decode(.numeric, [0, 2, 0, 5, 0x40, 0, 0, 2, 0, 0, 0, 0], as: ExactDecimal.self)
    #expect(zeros.description == "0.00")
    #expect(zeros == ExactDecimal(0, scale: 2))
  }

  private func array(
    dimensions: Int32 = 1, element: UInt32 = 20, count: Int32, lengths: [(Int32, [UInt8])], rest: [UInt8] = []
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(dimensions)
    writer.write(Int32(0))
    writer.write(element)
    writer.write(count)
    writer.write(Int32(1))
    for (length, bytes) in lengths {
      writer.write(length)
      writer.write(bytes: bytes)
    }
    writer.write(bytes: rest)
    return writer.bytes
  }

  @Test("An array whose parts contradict each other is refused")
  func hostileArrays() throws {
    let eight: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 7]
    #expect(try decode(.int8Array, array(count: 1, lengths: [(8, eight)]), as: [Int64].self) == [7])
    let hostile = [
      array(dimensions: -1, count: 1, lengths: [(8, eight)]), array(dimensions: 2, count: 1, lengths: [(8, eight)]),
      array(count: -1, lengths: []), array(count: 2, lengths: [(8, eight)]),
      array(count: 1, lengths: [(8, eight)], rest: [0]), array(count: 1, lengths: [(-2, [])]),
      array(count: 1, lengths: [(.min, [])]), array(count: 1, lengths: [(.max, eight)]),
      array(count: 1, lengths: [(7, eight)]), array(element: 25, count: 1, lengths: [(8, eight)]),
      array(dimensions: 0, count: 0, lengths: []), array(count: 1, lengths: [(-1, [])]),
    ]
    for bytes in hostile {
      #expect(throws: PostgresError.self) { try decode(.int8Array, bytes, as: [Int64].self) }
    }
    // Bytes of another type are no array, though they may look like one.
    for type in [PostgresType.bytea, .text, .jsonb, .uuid] {
      #expect(throws: PostgresError.self) { try decode(type, [UInt8](repeating: 0, count: 12), as: [String].self) }
    }
  }

  @Test("Every prefix and every changed byte of a valid array ends in a value or an error")
  func mutatedArrays() throws {
    let valid = try #require(try encoded([ExactDecimal("1.5"), nil, ExactDecimal("-20000.25")]))
    for length in 0..<valid.count {
      #expect(throws: PostgresError.self) {
        try decode(.numericArray, Array(valid.prefix(length)), as: [ExactDecimal?].self)
      }
    }
    for index in valid.indices {
      for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
        var changed = valid
        changed[index] = value
        if let back = try? decode(.numericArray, changed, as: [ExactDecimal?].self) { #expect(back.count <= 3) }
      }
    }
  }

  @Test("Arrays and texts are read from the types that hold the same, and from no others")
  func relatedTypes() throws {
    let int4 = array(element: 23, count: 1, lengths: [(4, [0, 0, 0, 5])])
    #expect(try decode(.int4Array, int4, as: [Int].self) == [5])
    let varchar = array(element: 1043, count: 1, lengths: [(1, [97])])
    #expect(try decode(.varcharArray, varchar, as: [String].self) == ["a"])
    #expect(try decode(PostgresType(oid: 20_000), [97], as: String.self) == "a")
    let interval = PostgresType(oid: 1186)
    #expect(throws: PostgresError.self) { try decode(interval, [97], as: String.self) }
  }

  @Test("A text that is not UTF-8 is an error, not a mended string")
  func invalidUTF8() {
    for bytes: [UInt8] in [
      [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], Array("a text of more than fifteen bytes".utf8) + [0xE2, 0x82],
    ] {
      #expect(throws: PostgresError.self) { try decode(.text, bytes, as: String.self) }
      #expect(throws: PostgresError.self) { try decode(.jsonb, [1] + bytes, as: String.self) }
    }
  }

  @Test(
    "A text is read as it is, short or long",
    arguments: [
      "", "a", "fifteen bytes..", "sixteen bytes...", "Kulaklık, İçten", "👩‍👩‍👧‍👦", "a\0b",
      String(repeating: "ş", count: 5000),
    ])
  func validUTF8(text: String) throws {
    #expect(Array(try decode(.text, Array(text.utf8), as: String.self).utf8) == Array(text.utf8))
    #expect(try decode(.jsonb, [1] + Array(text.utf8), as: String.self) == text)
  }

  @Test("A moment that would pass for -infinity is refused")
  func extremeTimestamps() {
    #expect(throws: PostgresError.self) {
      try encoded(Timestamp(microseconds: .min + 946_684_800_000_000))
    }
    #expect(throws: PostgresError.self) { try encoded(Timestamp(microseconds: .min + 1)) }
    #expect(throws: PostgresError.self) {
      try decode(.timestamptz, [0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE], as: Timestamp.self)
    }
  }

  @Test("Too many parameters and U+0000 are refused, by number")
  func parameters() throws {
    #expect(throws: PostgresError.self) { try PostgresParameters([Int](repeating: 1, count: 65_536)) }
    do {
      _ = try PostgresParameters([1, "ok", "a\0"])
      Issue.record("accepted")
    } catch {
      #expect(error.message.hasPrefix("parameter $3"))
    }
    let mixed = try PostgresParameters([Int?.none, "", [] as [UInt8]])
    #expect(mixed.slots.map(\.length) == [-1, 0, 0])
  }
}
