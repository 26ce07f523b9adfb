import NIOCore
import NIOPosix
import RedisClient
import TestSupport
import Testing

@Suite("Pub/sub on a real server", .timeLimit(.minutes(5)))
struct PubSubTests {
  private func withSubscriber(
    _ configuration: RedisConfiguration, _ body: (RedisSubscriber) async throws -> Void
  ) async throws {
    let subscriber = try RedisSubscriber(
      configuration, group: MultiThreadedEventLoopGroup.singleton, logger: quiet)
    do {
      try await body(subscriber)
    } catch {
      try await subscriber.shutdown()
      throw error
    }
    try await subscriber.shutdown()
  }

  private func message(_ channel: String, _ text: String, pattern: String? = nil) -> RedisSubscriptionEvent {
    .message(RedisMessage(channel: channel, pattern: pattern, payload: ByteBuffer(string: text)))
  }

  @Test("Messages arrive by channel and by pattern, until the subscription ends")
  func messages() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      try await withSubscriber(server.configuration) { subscriber async throws in
        let byName = try await subscriber.subscribe(to: ["news"])
        let byPattern = try await subscriber.subscribe(patterns: ["n?ws"])
        #expect(try await client.publish("one", to: "news") == 2)
        var names = byName.makeAsyncIterator()
        var patterns = byPattern.makeAsyncIterator()
        #expect(try await names.next() == message("news", "one"))
        #expect(try await patterns.next() == message("news", "one", pattern: "n?ws"))
        byName.cancel()
        #expect(try await names.next() == nil)
        try await waitUntil("the first subscription has ended") {
          try await client.publish("two", to: "news") == 1
        }
        #expect(try await patterns.next() == message("news", "two", pattern: "n?ws"))
      }
    }
  }

  @Test("A subscription survives kill -9, and tells of the gap before new messages")
  func reconnect() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      try await withSubscriber(server.configuration) { subscriber async throws in
        let subscription = try await subscriber.subscribe(to: ["a", "b"], patterns: ["c*"])
        var events = subscription.makeAsyncIterator()
        try await client.publish("1", to: "a")
        #expect(try await events.next() == message("a", "1"))
        try await server.kill()
        try await server.restart()
        #expect(try await events.next() == .reconnected)
        try await client.waitUntilHealthy()
        for channel in ["a", "b", "cc"] { try await client.publish("2", to: channel) }
        #expect(try await events.next() == message("a", "2"))
        #expect(try await events.next() == message("b", "2"))
        #expect(try await events.next() == message("cc", "2", pattern: "c*"))
      }
    }
  }

  @Test("A message to a channel whose name is not UTF-8 disturbs nobody")
  func oddChannel() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      try await withSubscriber(server.configuration) { subscriber async throws in
        let subscription = try await subscriber.subscribe(patterns: ["*"])
        var events = subscription.makeAsyncIterator()
        _ = try await client.send(RedisCommand("PUBLISH", [.bytes(ByteBuffer(bytes: [0x61, 0xFF])), "1"]))
        #expect(try await events.next() == message("a\u{FFFD}", "1", pattern: "*"))
        try await client.publish("2", to: "b")
        #expect(try await events.next() == message("b", "2", pattern: "*"))
      }
    }
  }

  @Test("A slow consumer loses the oldest messages and is told how many")
  func slowConsumer() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      try await withSubscriber(server.configuration) { subscriber async throws in
        let slow = try await subscriber.subscribe(to: ["flood"], maximumMessages: 10)
        let probe = try await subscriber.subscribe(to: ["flood"], maximumMessages: 1000)
        for number in 0..<100 { try await client.publish(.integer(Int64(number)), to: "flood") }
        // The probe shares the connection: once it has the last message, the slow one's buffer has it too.
        var probed = probe.makeAsyncIterator()
        for number in 0..<100 { #expect(try await probed.next() == message("flood", "\(number)")) }
        var events = slow.makeAsyncIterator()
        #expect(try await events.next() == .dropped(90))
        #expect(try await events.next() == message("flood", "90"))
      }
    }
  }

  @Test("A channel that the ACL forbids is refused, and the subscriber goes on")
  func forbidden() async throws {
    var options = PrivateRedis.Options()
    options.users = ["user svc on >pw resetchannels &svc:* ~svc:* +@all"]
    let server = try await PrivateRedis.start(options)
    var configuration = server.configuration
    configuration.username = "svc"
    configuration.password = Secret("pw")
    try await withSubscriber(configuration) { subscriber async throws in
      let error = try await redisError { _ = try await subscriber.subscribe(to: ["svc:ok", "other"]) }
      #expect(error.serverErrorKind == "NOPERM")
      let allowed = try await subscriber.subscribe(to: ["svc:ok"])
      try await server.run("PUBLISH", "svc:ok", "x")
      var events = allowed.makeAsyncIterator()
      #expect(try await events.next() == message("svc:ok", "x"))
    }
  }

  @Test("A cancelled task's wait ends")
  func cancellation() async throws {
    let server = try await PrivateRedis.start()
    try await withSubscriber(server.configuration) { subscriber async throws in
      let subscription = try await subscriber.subscribe(to: ["quiet"])
      let task = Task {
        var events = subscription.makeAsyncIterator()
        return try await events.next()
      }
      task.cancel()
      #expect(try await task.value == nil)
    }
  }

  @Test("A server that does not come back times a subscription out")
  func noServer() async throws {
    let server = try await PrivateRedis.start()
    try await server.kill()
    var configuration = server.configuration
    configuration.commandTimeout = .milliseconds(200)
    try await withSubscriber(configuration) { subscriber async throws in
      let error = try await redisError { _ = try await subscriber.subscribe(to: ["x"]) }
      #expect(error.code == .timeout)
    }
  }
}
