import NIOCore
import Testing

@testable import RedisClient

@Suite("Writing commands")
struct CommandEncoderTests {
  private func encode(_ command: RedisCommand) -> ByteBuffer {
    var buffer = ByteBuffer()
    CommandEncoder.encode(command, into: &buffer)
    return buffer
  }

  @Test("A command is an array of strings")
  func get() {
    #expect(encode(RedisCommand("GET", ["key"])) == ByteBuffer(string: "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n"))
    #expect(encode(RedisCommand("PING")) == ByteBuffer(string: "*1\r\n$4\r\nPING\r\n"))
    #expect(encode(RedisCommand("X", [-12, ""])) == ByteBuffer(string: "*3\r\n$1\r\nX\r\n$3\r\n-12\r\n$0\r\n\r\n"))
  }

  @Test("Our bytes are those of hiredis' formatter, for lengths around every power of ten")
  func sameAsHiredis() throws {
    let lengths = [0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 1001, 9_999, 10_000, 100_000, 1_000_000]
    var commands = lengths.flatMap { length in
      [
        RedisCommand("SET", [.string(String(repeating: "ç", count: length / 2)), .integer(Int64(length))]),
        RedisCommand("SET", ["k", .bytes(ByteBuffer(repeating: 0, count: length))]),
      ]
    }
    commands += [9, 10, 99, 100, 1001].map { RedisCommand("MGET", Array(repeating: "k", count: $0)) }
    commands += [RedisCommand("INCRBY", ["k", .integer(.min)]), RedisCommand("INCRBY", ["k", .integer(.max)])]
    for command in commands {
      var expected = ByteBuffer()
      try HiredisFormatter.encode(command, into: &expected)
      #expect(encode(command) == expected)
    }
  }
}
