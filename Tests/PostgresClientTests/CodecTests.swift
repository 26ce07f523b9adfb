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
    #expect(throws: PostgresError.self) { try decode(.jsonb, [2, 123], as: JSONText.self) }
    #expect(throws: PostgresError.self) { try decode(.jsonb, [], as: JSONText.self) }
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
