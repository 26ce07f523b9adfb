import NIOCore
import RedisClient
import TestSupport
import Testing

@Suite("Typed commands on a real server", .timeLimit(.minutes(5)))
struct CommandTests {
  @Test("Strings are set, read, counted and expire")
  func strings() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      try await client.ping()
      #expect(try await client.get("missing") == nil)
      #expect(try await client.set("k", "v"))
      #expect(try await client.get("k") == ByteBuffer(string: "v"))
      #expect(try await client.set("k", "w", SetOptions(condition: .ifAbsent)) == false)
      #expect(try await client.set("k", "x", SetOptions(condition: .ifPresent, expiry: .after(.seconds(100)))))
      let remaining = try #require(try await client.timeToLive("k"))
      #expect(remaining > .seconds(90) && remaining <= .seconds(100))
      try await client.mset([("a", 1), ("b", "two")])
      #expect(try await client.mget(["a", "none", "b"]) == [ByteBuffer(string: "1"), nil, ByteBuffer(string: "two")])
      #expect(try await client.increment("a") == 2)
      #expect(try await client.increment("a", by: -5) == -3)
      #expect(try await client.expire("a", after: .milliseconds(1)))
      try await waitUntil("the key expires") { try await client.exists(["a"]) == 0 }
      #expect(try await client.delete(["k", "b", "none"]) == 2)
    }
  }

  @Test("Bytes of any kind survive, empty ones too")
  func bytes() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      let all = ByteBuffer(bytes: (0...255).map { UInt8($0) } + [13, 10, 0])
      try await client.set("bytes", .bytes(all))
      #expect(try await client.get("bytes") == all)
      try await client.set("empty", "")
      #expect(try await client.get("empty") == ByteBuffer())
      let reply = try await client.send(RedisCommand("GET", ["bytes"]))
      let error = try await redisError { _ = try reply.string() }
      #expect(error.code == .unexpectedReply)
    }
  }

  @Test("Hashes")
  func hashes() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      #expect(try await client.hset("h", [("a", "1"), ("b", 2)]) == 2)
      #expect(try await client.hget("h", "a") == ByteBuffer(string: "1"))
      #expect(try await client.hmget("h", ["b", "z"]) == [ByteBuffer(string: "2"), nil])
      #expect(try await client.hgetAll("h") == ["a": ByteBuffer(string: "1"), "b": ByteBuffer(string: "2")])
      #expect(try await client.hincrement("h", "b", by: 5) == 7)
      #expect(try await client.hdelete("h", ["a", "z"]) == 1)
    }
  }

  @Test("Sets")
  func sets() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      #expect(try await client.sadd("s", ["x", "y", "x"]) == 2)
      #expect(try await client.sismember("s", "x"))
      #expect(try await client.sremove("s", ["x"]) == 1)
      #expect(try await client.smembers("s") == [ByteBuffer(string: "y")])
    }
  }

  @Test("Sorted sets")
  func sortedSets() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      #expect(try await client.zadd("z", [("one", 1), ("half", 0.5), ("far", .infinity)]) == 3)
      #expect(try await client.zscore("z", "half") == 0.5)
      #expect(try await client.zscore("z", "none") == nil)
      #expect(try await client.zrange("z", 0, -1).map(\.score) == [0.5, 1, .infinity])
      #expect(try await client.zrange("z", 0, 0, descending: true).map(\.member) == [ByteBuffer(string: "far")])
      #expect(try await client.zrange("z", scores: 0...1, limit: 1).map(\.member) == [ByteBuffer(string: "half")])
      #expect(try await client.zremove("z", scores: -1...0.7) == 1)
      #expect(try await client.zcard("z") == 2)
    }
  }

  @Test("SCAN pages through all keys")
  func scan() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      try await client.mset((0..<500).map { ("scan:\($0)", .integer($0)) })
      try await client.set("other", "1")
      var found: Set<String> = []
      var cursor: UInt64?
      repeat {
        let page = try await client.scan(from: cursor, matching: "scan:*", count: 50)
        found.formUnion(page.keys)
        cursor = page.next
      } while cursor != nil
      #expect(found.count == 500)
    }
  }

  @Test("A transaction is whole, and a refused one says why")
  func transaction() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      let replies = try await client.transaction([
        RedisCommand("SET", ["t", "1"], keys: .first), RedisCommand("INCR", ["t"], keys: .first),
      ])
      #expect(replies == [.status("OK"), .integer(2)])
      let error = try await redisError {
        _ = try await client.transaction([RedisCommand("NOSUCHCOMMAND"), RedisCommand("INCR", ["t"])])
      }
      #expect(error.code == .server)
      #expect(try await client.get("t") == ByteBuffer(string: "2"))
    }
  }

  @Test("An error in a pipeline is its own, and tells no values")
  func pipelineError() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      try await client.set("text", "hunter2")
      let results = try await client.pipeline([
        RedisCommand("GET", ["text"]), RedisCommand("INCR", ["text"]), RedisCommand("ECHO-hunter2", ["hunter2"]),
        RedisCommand("GET", ["text"]),
      ])
      try #require(results.count == 4)
      for result in [results[0], results[3]] {
        let reply = try result.get()
        #expect(reply == .bulk(ByteBuffer(string: "hunter2")))
      }
      for result in results[1...2] {
        guard case .failure(let error) = result else {
          Issue.record("an error was expected")
          continue
        }
        #expect(error.code == .server && error.serverErrorKind == "ERR")
        #expect(!error.description.contains("hunter2"))
      }
    }
  }

  @Test("A script runs, and runs again after SCRIPT FLUSH and a restart")
  func scripts() async throws {
    let server = try await PrivateRedis.start()
    let script = RedisScript("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
    try await server.withClient { client async throws in
      for round in 1...2 {
        let reply = try await client.evaluate(script, keys: ["n"], arguments: ["x"]).array()
        #expect(reply.last == .integer(Int64(round)))
      }
      #expect(try await server.run("SCRIPT", "EXISTS", script.digest).contains("1"))
      try await server.run("SCRIPT", "FLUSH")
      let reply = try await client.evaluate(script, keys: ["n"], arguments: ["y"]).array()
      #expect(reply.last == .integer(3))
      #expect(try await client.get("n") == ByteBuffer(string: "3"))
    }
  }

  @Test("A value of 100 MB goes there and back")
  func largeValue() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      var value = ByteBuffer()
      value.writeRepeatingByte(UInt8(ascii: "x"), count: 100_000_000)
      value.setInteger(UInt64(0x0102_0304_0506_0708), at: 50_000_000)
      try await client.set("large", .bytes(value))
      async let before = client.get("large")
      async let neighbour: Void = client.ping()
      #expect(try await before == value)
      try await neighbour
    }
  }

  @Test("64 outstanding calls of many tasks get their own replies")
  func manyTasks() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      try await client.mset((0..<64).map { ("own:\($0)", .integer($0)) })
      let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
        for task in 0..<64 {
          group.addTask {
            var wrong = 0
            for _ in 0..<200 where try await client.get("own:\(task)") != ByteBuffer(string: "\(task)") { wrong += 1 }
            return wrong
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(wrong == 0)
    }
  }
}
