import NIOCore
import RedisClient
import TestSupport
import Testing

@Suite("A network that fails", .timeLimit(.minutes(5)))
struct NetworkTests {
  /// Runs `body` with one connection that goes through a proxy.
  private func withProxy(
    changing change: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (PrivateRedis, FaultyProxy, RedisClient) async throws -> Void
  ) async throws {
    let server = try await PrivateRedis.start()
    let proxy = try await FaultyProxy.start(port: server.port)
    var configuration = server.configuration
    configuration.endpoint = .tcp(host: "127.0.0.1", port: proxy.port)
    configuration.connections = 1
    change(&configuration)
    try await withRedis(configuration) { client async throws in
      try await client.waitUntilHealthy()
      try await body(server, proxy, client)
    }
    await proxy.close()
  }

  @Test("In a black hole commands time out, the connection is given up, and all is well when the network is back")
  func blackHole() async throws {
    try await withProxy(changing: {
      $0.unresponsiveTimeout = .milliseconds(1500)
      $0.connectTimeout = .seconds(2)
    }) { _, proxy, client async throws in
      try await client.set("k", "v")
      proxy.blackHole(true)
      let early = try await redisError {
        _ = try await client.send(RedisCommand("GET", ["k"]), timeout: .milliseconds(50))
      }
      #expect(early.code == .timeout && !early.isUnsent)
      let late = try await redisError { _ = try await client.get("k") }
      #expect(late.code == .connectionLost, "given up long before the command's own timeout")
      // New connections fall into the hole too: their handshake is not answered.
      let waiting = try await redisError { _ = try await client.send(RedisCommand("PING"), timeout: .milliseconds(50)) }
      #expect(waiting.code == .timeout && waiting.isUnsent)
      proxy.blackHole(false)
      try await client.waitUntilHealthy()
      #expect(try await client.get("k") == ByteBuffer(string: "v"))
    }
  }

  @Test("A command whose reply is lost was executed once, and its error does not say otherwise")
  func lostReply() async throws {
    try await withProxy { server, proxy, client async throws in
      proxy.swallowReplies(true)
      async let lost = redisError { try await client.increment("n") }
      try await waitUntil("the server has executed it") { try await server.run("EXISTS", "n").contains("1") }
      await proxy.resetAll()
      proxy.swallowReplies(false)
      let error = try await lost
      #expect(error.code == .connectionLost && !error.isUnsent)
      try await client.waitUntilHealthy()
      #expect(try await client.get("n") == ByteBuffer(string: "1"))
    }
  }

  @Test("A reply that breaks off is an error, and the next connection begins afresh", arguments: [3, 1000, 70_000])
  func cut(after count: Int) async throws {
    try await withProxy { _, proxy, client async throws in
      let value = ByteBuffer(repeating: 7, count: 100_000)
      try await client.set("k", .bytes(value))
      proxy.cut(afterReplyBytes: count)
      let error = try await redisError { _ = try await client.get("k") }
      #expect(error.code == .connectionLost)
      try await client.waitUntilHealthy()
      #expect(try await client.get("k") == value)
    }
  }

  @Test("On a slow network replies still find their commands")
  func delay() async throws {
    try await withProxy { _, proxy, client async throws in
      proxy.delay(.milliseconds(20))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<20 {
          group.addTask {
            for round in 0..<5 {
              try await client.set("d:\(task)", .integer(Int64(round)))
              #expect(try await client.get("d:\(task)") == ByteBuffer(string: "\(round)"))
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("Connections that are refused for a while are made when they are let in")
  func refused() async throws {
    try await withProxy(changing: {
      $0.backoff = ReconnectBackoff(initial: .milliseconds(10), maximum: .milliseconds(50))
    }) { _, proxy, client async throws in
      proxy.refuse(true)
      await proxy.resetAll()
      try await waitUntil("the loss is noticed") { !client.isReady }
      let error = try await redisError { try await client.waitUntilReady() }
      #expect(error.code == .notConnected || error.code == .connectionLost)
      async let queued = client.increment("n")
      proxy.refuse(false)
      #expect(try await queued == 1)
    }
  }
}
