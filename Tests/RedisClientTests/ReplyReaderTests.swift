import NIOCore
import Testing

@testable import RedisClient

@Suite("Parsing replies")
struct ReplyReaderTests {
  private static let stream =
    "+OK\r\n:-42\r\n$5\r\nhel\r\n\r\n$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n-WRONGTYPE no\r\n"
    + "*3\r\n*2\r\n:1\r\n+a\r\n$-1\r\n*1\r\n*1\r\n-ERR x\r\n+PONG\r\n:9223372036854775807\r\n"

  private static let values: [RESPValue] = [
    .status("OK"), .integer(-42), .bulk(ByteBuffer(string: "hel\r\n")), .null, .null, .array([]), .bulk(ByteBuffer()),
    .error(RedisServerError(message: "WRONGTYPE no")),
    .array([
      .array([.integer(1), .status("a")]), .null, .array([.array([.error(RedisServerError(message: "ERR x"))])]),
    ]), .status("PONG"), .integer(.max),
  ]

  private func parse(_ pieces: [ByteBuffer], limits: ReplyLimits = ReplyLimits()) throws -> [RESPValue] {
    let reader = try ReplyReader(limits: limits)
    var values: [RESPValue] = []
    for piece in pieces {
      try reader.feed(piece)
      while let value = try reader.next() { values.append(value) }
    }
    return values
  }

  private func violation(_ text: String, limits: ReplyLimits = ReplyLimits()) -> RedisError? {
    do {
      _ = try parse([ByteBuffer(string: text)], limits: limits)
      return nil
    } catch {
      return error as? RedisError
    }
  }

  @Test("Every type of reply is read")
  func types() throws {
    #expect(try parse([ByteBuffer(string: Self.stream)]) == Self.values)
  }

  @Test("A stream split in two at any byte reads the same")
  func splitInTwo() throws {
    let bytes = Array(Self.stream.utf8)
    for split in 0...bytes.count {
      let pieces = [ByteBuffer(bytes: bytes[..<split]), ByteBuffer(bytes: bytes[split...])]
      #expect(try parse(pieces) == Self.values, "split at \(split)")
    }
  }

  @Test("A stream that comes byte by byte reads the same")
  func byteByByte() throws {
    #expect(try parse(Self.stream.utf8.map { ByteBuffer(bytes: [$0]) }) == Self.values)
  }

  @Test("Large strings are whole wherever they are split")
  func largeStrings() throws {
    let value = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let bytes = Array("+OK\r\n$5000\r\n".utf8) + value + Array("\r\n:7\r\n".utf8)
    for split in [1, 5, 11, 12, 13, 700, 4000, 5011, 5012, 5013, 5014, bytes.count] {
      let pieces = [ByteBuffer(bytes: bytes[..<split]), ByteBuffer(bytes: bytes[split...])]
      #expect(try parse(pieces) == [.status("OK"), .bulk(ByteBuffer(bytes: value)), .integer(7)], "split at \(split)")
    }
  }

  @Test("A large string is a slice of the bytes that came, a small one is not")
  func slices() throws {
    var input = ByteBuffer(string: "$2000\r\n" + String(repeating: "x", count: 2000) + "\r\n$3\r\nabc\r\n")
    input.reserveCapacity(4096)
    let values = try parse([input])
    #expect(try values[0].bytes().storageCapacity == input.storageCapacity)
    #expect(try values[1].bytes().storageCapacity < 100)
  }

  @Test(
    "Bytes that are no RESP are refused",
    arguments: [
      "x", "?1\r\n", "%1\r\n", "$abc\r\n", "$-2\r\n", "*-2\r\n", ":12x\r\n", ":\r\n", "*1\r\n!\r\n",
      "$99999999999999999999\r\n", ":9223372036854775808\r\n", "HTTP/1.1 400 Bad Request\r\n",
      "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
    ])
  func garbage(_ text: String) throws {
    let error = try #require(violation(text))
    #expect(error.code == .protocolViolation)
  }

  @Test("What exceeds a limit is refused as soon as it is announced")
  func limits() throws {
    let limits = ReplyLimits(stringBytes: 100, replyBytes: 250, elements: 10, lineBytes: 64)
    let hostile = [
      "$101\r\n", "$1000000000000\r\nabc", "*11\r\n", "*2147483647\r\n", "*5\r\n*6\r\n",
      "*3\r\n" + String(repeating: "$99\r\n" + String(repeating: "x", count: 99) + "\r\n", count: 3),
      "+" + String(repeating: "x", count: 65), "-" + String(repeating: "x", count: 65),
      "$" + String(repeating: "0", count: 40), ":" + String(repeating: "1", count: 65),
    ]
    for text in hostile {
      let error = violation(text, limits: limits)
      #expect(error?.code == .protocolViolation, "\(text.prefix(20))")
    }
    let exact = "*2\r\n$100\r\n" + String(repeating: "x", count: 100) + "\r\n+y\r\n*9\r\n"
    #expect(violation(exact, limits: limits) == nil)
  }

  @Test("After a violation the reader accepts nothing more")
  func broken() throws {
    let reader = try ReplyReader(limits: ReplyLimits())
    try reader.feed(ByteBuffer(string: "oops"))
    #expect(throws: RedisError.self) { try reader.next() }
    #expect(throws: RedisError.self) { try reader.feed(ByteBuffer(string: "+OK\r\n")) }
    #expect(throws: RedisError.self) { try reader.next() }
  }

  @Test("Random bytes never do more than throw")
  func randomBytes() throws {
    var random = SplitMix64(seed: 7)
    let alphabet = Array("+-:$*\r\n0123456789ab".utf8)
    var accepted = 0
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 1...40, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      if (try? parse([ByteBuffer(bytes: bytes)])) != nil { accepted += 1 }
    }
    #expect(accepted > 0 && accepted < 20_000)
  }
}

/// A repeatable source of random numbers.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
