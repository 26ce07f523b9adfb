import NIOCore
import Testing

@testable import RedisClient

@Suite("What a cluster client knows")
struct ClusterTests {
  private let asked = RedisEndpoint.tcp(host: "10.0.0.9", port: 7000)

  // The first is the CRC check value of the specification; an integration test compares with CLUSTER KEYSLOT.
  @Test(
    "Keys hash to the slots that Redis computes, by their hash tag if they have one",
    arguments: [
      ("123456789", 12739), ("foo", 12182), ("", 0), ("{user1000}.following", 3443), ("{user1000}.followers", 3443),
      ("user1000", 3443), ("foo{}{bar}", 8363), ("foo{{bar}}zap", 4015), ("foo{bar}{zap}", 5061), ("bar", 5061),
      ("foo{bar", 15278), ("ürün", 4983),
    ])
  func slots(_ key: String, _ slot: Int) {
    #expect(HashSlot.of(.string(key)) == slot)
    #expect(HashSlot.of(.bytes(ByteBuffer(string: key))) == slot)
  }

  @Test("A command's keys need one slot")
  func oneSlot() throws {
    #expect(try HashSlot.of(RedisCommand("MGET", ["{a}1", "{a}2"], keys: .all)) == HashSlot.of("a"))
    #expect(try HashSlot.of(RedisCommand("MSET", ["{a}1", "x", "{a}2", "y"], keys: .alternate)) == HashSlot.of("a"))
    #expect(try HashSlot.of(RedisCommand("EVAL", ["s", 1, "a", "b"], keys: .range(2..<3))) == HashSlot.of("a"))
    #expect(try HashSlot.of(RedisCommand("PING")) == nil)
    let error = #expect(throws: RedisError.self) { try HashSlot.of(RedisCommand("DEL", ["a", "b"], keys: .all)) }
    #expect(error?.code == .crossSlot)
    #expect(RedisCommand("EVAL", ["s"], keys: .range(2..<9)).keyArguments.isEmpty)
  }

  private func range(_ first: Int64, _ last: Int64, _ host: RESPValue, _ port: Int64) -> RESPValue {
    .array([.integer(first), .integer(last), .array([host, .integer(port), .bulk(ByteBuffer(string: "id"))])])
  }

  @Test("The slot map reads CLUSTER SLOTS and learns single moves")
  func map() throws {
    let a = RESPValue.bulk(ByteBuffer(string: "10.0.0.1"))
    let reply = RESPValue.array([range(0, 8000, a, 7000), range(8001, 16382, .null, 7001)])
    var map = try SlotMap(reply, asked: asked)
    #expect(map.node(of: 0) == .tcp(host: "10.0.0.1", port: 7000))
    #expect(map.node(of: 8000) == .tcp(host: "10.0.0.1", port: 7000))
    #expect(map.node(of: 8001) == .tcp(host: "10.0.0.9", port: 7001), "no host means the node asked")
    #expect(map.node(of: 16383) == nil && !map.isWhole)
    map.move(16383, to: asked)
    #expect(map.node(of: 16383) == asked && map.isWhole && map.nodes.count == 3)
    map.move(99_999, to: asked)
    #expect(map.node(of: 99_999) == nil && map.node(of: -1) == nil)
  }

  @Test("A hostile topology is refused")
  func hostile() {
    let host = RESPValue.bulk(ByteBuffer(string: "h"))
    let replies: [RESPValue] = [
      .status("OK"), .array([.integer(1)]), .array([.array([.integer(0), .integer(1)])]),
      .array([range(-1, 5, host, 7000)]), .array([range(5, 4, host, 7000)]), .array([range(0, 16384, host, 7000)]),
      .array([range(0, 1, host, 0)]), .array([range(0, 1, host, 70_000)]),
      .array([range(0, 1, .bulk(ByteBuffer(bytes: [0xFF])), 7000)]), .array([range(.min, .max, host, 7000)]),
    ]
    for reply in replies { #expect(throws: RedisError.self) { try SlotMap(reply, asked: asked) } }
  }

  private func redirection(_ text: String) -> ClusterRedirection? {
    ClusterRedirection(RedisError(RedisServerError(message: text)), asked: asked)
  }

  @Test("Redirections are read, malformed ones are plain errors")
  func redirections() {
    #expect(redirection("MOVED 3999 127.0.0.1:6381") == .moved(slot: 3999, .tcp(host: "127.0.0.1", port: 6381)))
    #expect(redirection("MOVED 1 ::1:6381") == .moved(slot: 1, .tcp(host: "::1", port: 6381)))
    #expect(redirection("MOVED 1 :6381") == .moved(slot: 1, .tcp(host: "10.0.0.9", port: 6381)))
    #expect(redirection("ASK 3999 h:1") == .ask(.tcp(host: "h", port: 1)))
    #expect(redirection("TRYAGAIN Multiple keys") == .later)
    #expect(redirection("CLUSTERDOWN Hash slot not served") == .later)
    for text in [
      "MOVED", "MOVED 1", "MOVED x h:1", "MOVED 16384 h:1", "MOVED -1 h:1", "MOVED 1 h", "MOVED 1 h:0",
      "MOVED 1 h:65536", "ERR MOVED 1 h:1", "WRONGTYPE x",
    ] {
      #expect(redirection(text) == nil, "\(text)")
    }
  }
}
