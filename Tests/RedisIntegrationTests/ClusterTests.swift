import NIOCore
import NIOPosix
import RedisClient
import TestSupport
import Testing

@Suite("A real cluster of three nodes", .timeLimit(.minutes(5)))
struct ClusterTests {
  private func withCluster(
    settings: [String] = [], changing change: (inout RedisClusterConfiguration) -> Void = { _ in },
    _ body: (PrivateRedisCluster, RedisClusterClient) async throws -> Void
  ) async throws {
    let cluster = try await PrivateRedisCluster.start(settings: settings)
    var configuration = RedisClusterConfiguration(seeds: [.tcp(host: "127.0.0.1", port: cluster.nodes[0].port)])
    configuration.node.commandTimeout = .seconds(60)
    configuration.node.connectTimeout = .seconds(20)
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
        $0.node.commandTimeout = .seconds(3)
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
      try await withThrowingTaskGroup(of: Void.self) { [theirs] group in
        for key in keys {
          group.addTask {
            guard theirs.contains(key) else {
              #expect(try await client.get(key) == ByteBuffer(string: key))
              return
            }
            let error = try await redisError { _ = try await client.get(key) }
            let expected: [RedisError.Code] = [.connectionLost, .timeout, .notConnected, .clusterUnavailable]
            #expect(expected.contains(error.code), "\(error)")
          }
        }
        try await group.waitForAll()
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

  @Test("When a replica takes its dead master's place, calls that waited go there")
  func failover() async throws {
    try await withCluster(changing: { $0.node.commandTimeout = .seconds(60) }) { cluster, client async throws in
      let slot = HashSlot.of("tag")
      let master = try #require(try await owner(of: slot, in: cluster))
      let replica = try await cluster.startReplica(of: master)
      try await client.set("{tag}n", 41)
      try await waitUntil("the replica has the key") {
        try await replica.run("DBSIZE").contains("1")
      }
      try await master.kill()
      // In flight or on a connection that is known to be dead: the first is not sent again, for it may have been executed.
      do {
        _ = try await client.get("{tag}n")
      } catch let error as RedisError {
        #expect(error.code == .connectionLost)
      }
      #expect(try await client.increment("{tag}n") == 42)
      let replies = try await client.pipeline([
        RedisCommand("GET", ["{tag}n"], keys: .first), RedisCommand("GET", ["a"], keys: .first),
      ])
      #expect(try replies.map { try $0.get() } == [.bulk(ByteBuffer(string: "42")), .null])
      #expect(try await client.transaction([RedisCommand("INCR", ["{tag}n"], keys: .first)]) == [.integer(43)])
      #expect(try await replica.run("ROLE").contains("master"))
    }
  }

  @Test("A pipeline's commands are redirected one and all, and one that cannot be routed fails alone")
  func redirectedPipeline() async throws {
    try await withCluster { cluster, client async throws in
      let slot = HashSlot.of("tag")
      let source = try #require(try await owner(of: slot, in: cluster))
      let target = try #require(cluster.nodes.first { $0 !== source })
      for number in 0..<10 { try await client.set("{tag}\(number)", .integer(Int64(number))) }
      try await cluster.beginMigration(ofSlot: slot, from: source, to: target)
      try await cluster.migrate((0..<5).map { "{tag}\($0)" }, from: source, to: target)
      var commands = (0..<10).map { RedisCommand("GET", [.string("{tag}\($0)")], keys: .first) }
      commands.append(RedisCommand("MGET", ["a", "b"], keys: .all))
      for isMoved in [false, true] {
        if isMoved {
          try await cluster.migrate((5..<10).map { "{tag}\($0)" }, from: source, to: target)
          try await cluster.endMigration(ofSlot: slot, to: target)
        }
        let replies = try await client.pipeline(commands)
        for number in 0..<10 { #expect(try replies[number].get() == .bulk(ByteBuffer(string: "\(number)"))) }
        guard case .failure(let error) = replies[10] else {
          Issue.record("keys of two slots went through")
          continue
        }
        #expect(error.code == .crossSlot)
      }
    }
  }

  @Test("A subscription outlives the node it was made at")
  func subscription() async throws {
    try await withCluster { cluster, client async throws in
      var configuration = RedisClusterConfiguration(seeds: cluster.nodes.map { .tcp(host: "127.0.0.1", port: $0.port) })
      configuration.node = cluster.nodes[0].configuration
      let subscriber = try RedisSubscriber(
        cluster: configuration, group: MultiThreadedEventLoopGroup.singleton, logger: quiet)
      let subscription = try await subscriber.subscribe(to: ["news"])
      var events = subscription.makeAsyncIterator()
      try await cluster.nodes[1].run("PUBLISH", "news", "from another node")
      let first = RedisMessage(channel: "news", pattern: nil, payload: ByteBuffer(string: "from another node"))
      #expect(try await events.next() == .message(first))
      try await cluster.nodes[0].kill()
      #expect(try await events.next() == .reconnected)
      try await cluster.nodes[2].run("PUBLISH", "news", "after the loss")
      let second = RedisMessage(channel: "news", pattern: nil, payload: ByteBuffer(string: "after the loss"))
      #expect(try await events.next() == .message(second))
      try await subscriber.shutdown()
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
