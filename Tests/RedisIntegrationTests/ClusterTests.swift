import NIOCore
import NIOPosix
import RedisClient
import TestSupport
import Testing

@Suite("A real cluster of three nodes", .timeLimit(.minutes(2)))
struct ClusterTests {
  private func withCluster(
    settings: [String] = [], changing change: (inout RedisClusterConfiguration) -> Void = { _ in },
    _ body: (PrivateRedisCluster, RedisClusterClient) async throws -> Void
  ) async throws {
    let cluster = try await PrivateRedisCluster.start(settings: settings)
    var configuration = RedisClusterConfiguration(seeds: [.tcp(host: "127.0.0.1", port: cluster.nodes[0].port)])
    change(&configuration)
    try await RedisClusterClient.withClient(
      configuration, group: MultiThreadedEventLoopGroup.singleton, logger: quiet
    ) { client in
      try await client.waitUntilReady()
      try await body(cluster, client)
    }
  }

  @Test("Keys live on all nodes, and one command's keys need one slot")
  func routing() async throws {
    try await withCluster { cluster, client async throws in
      for number in 0..<100 { try await client.set("key:\(number)", .integer(Int64(number))) }
      for number in 0..<100 {
        #expect(try await client.get("key:\(number)") == ByteBuffer(string: "\(number)"))
      }
      for node in cluster.nodes {
        #expect(try await node.run("DBSIZE").filter(\.isNumber) > "0", "a node got nothing")
      }
      try await client.mset([("{t}a", 1), ("{t}b", 2)])
      #expect(try await client.mget(["{t}a", "{t}b"]) == [ByteBuffer(string: "1"), ByteBuffer(string: "2")])
      let error = try await redisError { _ = try await client.mget(["a", "b"]) }
      #expect(error.code == .crossSlot)

      let commands = (0..<100).map { RedisCommand("GET", [.string("key:\($0)")], keys: .first) }
      let replies = try await client.pipeline(commands)
      for (number, reply) in replies.enumerated() {
        let value = try reply.get()
        #expect(value == .bulk(ByteBuffer(string: "\(number)")))
      }
      let executed = try await client.transaction([
        RedisCommand("INCR", ["{t}a"], keys: .first), RedisCommand("INCR", ["{t}b"], keys: .first),
      ])
      #expect(executed == [.integer(2), .integer(3)])
      let script = RedisScript("return redis.call('INCR', KEYS[1])")
      for tag in ["a", "b", "c", "foo"] {
        #expect(try await client.evaluate(script, keys: ["{\(tag)}n"]) == .integer(1))
      }
    }
  }

  @Test("The server computes the same slots")
  func sameSlots() async throws {
    try await withCluster { _, client async throws in
      let keys = ["", "a", "{a}b", "x{}{y}", "{{a}}", "a}b{c}", "ürün:ş", String(repeating: "k", count: 1000)]
      for key in keys {
        let slot = try await client.send(RedisCommand("CLUSTER", ["KEYSLOT", .string(key)])).integer()
        #expect(HashSlot.of(.string(key)) == Int(slot), "\(key)")
      }
    }
  }

  @Test("During and after a slot's migration every key is found, and the move is learned")
  func migration() async throws {
    try await withCluster { cluster, client async throws in
      let slot = HashSlot.of("tag")
      let source = try #require(try await owner(of: slot, in: cluster))
      let target = try #require(cluster.nodes.first { $0 !== source })
      for number in 0..<10 { try await client.set("{tag}\(number)", .integer(Int64(number))) }

      try await cluster.beginMigration(ofSlot: slot, from: source, to: target)
      try await cluster.migrate((0..<5).map { "{tag}\($0)" }, from: source, to: target)
      // Five keys are on either side: those that moved answer by ASK.
      for number in 0..<10 {
        #expect(try await client.get("{tag}\(number)") == ByteBuffer(string: "\(number)"), "key \(number)")
      }
      // Keys on both sides of a migration: TRYAGAIN until it ends.
      async let both = client.send(
        RedisCommand("MGET", ["{tag}0", "{tag}9"], keys: .all), timeout: .seconds(30)
      ).array()
      try await cluster.migrate((5..<10).map { "{tag}\($0)" }, from: source, to: target)
      try await cluster.endMigration(ofSlot: slot, to: target)
      #expect(try await both == [.bulk(ByteBuffer(string: "0")), .bulk(ByteBuffer(string: "9"))])
      for number in 0..<10 {
        #expect(try await client.get("{tag}\(number)") == ByteBuffer(string: "\(number)"), "key \(number)")
      }
      let executed = try await client.transaction([RedisCommand("INCR", ["{tag}0"], keys: .first)])
      #expect(executed == [.integer(1)])
    }
  }

  /// The node that says that the slot is its own.
  private func owner(of slot: Int, in cluster: PrivateRedisCluster) async throws -> PrivateRedis? {
    for node in cluster.nodes {
      let lines = try await node.run("CLUSTER", "NODES").split(whereSeparator: \.isNewline)
      let mine = lines.first { $0.contains("myself") } ?? ""
      let ranges = mine.split(separator: " ").dropFirst(8).map { $0.split(separator: "-").compactMap { Int($0) } }
      if ranges.contains(where: { $0.count == 2 && ($0[0]...$0[1]).contains(slot) }) { return node }
    }
    return nil
  }

  @Test("A killed node fails its own keys with a clear error, the others go on, and all is well when it returns")
  func killedNode() async throws {
    // Without this a cluster that misses slots refuses all keys.
    let settings = ["cluster-require-full-coverage no", "appendonly yes"]
    try await withCluster(
      settings: settings,
      changing: {
        $0.node.commandTimeout = .milliseconds(500)
      }
    ) { cluster, client async throws in
      let victim = cluster.nodes[1]
      let keys = (0..<30).map { "key:\($0)" }
      var theirs: [String] = []
      for key in keys where try await owner(of: HashSlot.of(.string(key)), in: cluster) === victim {
        theirs.append(key)
      }
      #expect(!theirs.isEmpty && theirs.count < keys.count)
      for key in keys { try await client.set(key, .string(key)) }
      try await victim.kill()
      for key in keys {
        if theirs.contains(key) {
          let error = try await redisError { _ = try await client.get(key) }
          let expected: [RedisError.Code] = [.connectionLost, .timeout, .notConnected, .clusterUnavailable]
          #expect(expected.contains(error.code), "\(error)")
        } else {
          #expect(try await client.get(key) == ByteBuffer(string: key))
        }
      }
      try await victim.restart()
      try await cluster.waitUntilWhole()
      for key in keys {
        try await waitUntil("key \(key) is served") {
          do {
            return try await client.get(key) == ByteBuffer(string: key)
          } catch is RedisError {
            return false
          }
        }
      }
    }
  }

  @Test("A seed that is no cluster node is a clear error")
  func noCluster() async throws {
    let server = try await PrivateRedis.start()
    let configuration = RedisClusterConfiguration(seeds: [.tcp(host: "127.0.0.1", port: server.port)])
    try await RedisClusterClient.withClient(
      configuration, group: MultiThreadedEventLoopGroup.singleton, logger: quiet
    ) { client in
      let error = try await redisError { _ = try await client.get("k") }
      #expect(error.code == .server)
    }
  }
}
