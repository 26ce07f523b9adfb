import Logging
import NIOCore
import NIOPosix
import RedisClient
import TestSupport
import Testing

@testable import EdgeGateway

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite("Flushes of several gateways") struct FlushTests {
  /// A gateway's cache and what flushes it.
  private struct Gateway: Sendable {
    let cache: ResponseCache
    let flushes: CacheFlushes

    init(_ redis: any RedisCommands) {
      cache = ResponseCache(CacheConfiguration(), shared: nil, figures: HTTPMetrics(), logger: quiet)
      flushes = CacheFlushes(cache, redis: redis, logger: quiet)
    }

    /// Whether an answer to what was asked at this moment may be given.
    func gives(askedAt moment: Int64) -> Bool {
      cache.board.limits(.constant, startedAt: moment, createdAt: moment, .init(freshUntil: .max, staleUntil: .max))
        != nil
    }
  }

  private func withRedis(_ body: (PrivateRedis, RedisClient) async throws -> Void) async throws {
    let server = try await PrivateRedis.start()
    var configuration = RedisConfiguration(endpoint: .tcp(host: "127.0.0.1", port: server.port))
    configuration.connectTimeout = .seconds(20)
    try await RedisClient.withClient(configuration, group: MultiThreadedEventLoopGroup.singleton, logger: quiet) {
      redis in
      try await redis.waitUntilReady()
      try await body(server, redis)
    }
    try await server.tearDown()
  }

  @Test("What one gateway is told to forget, all forget, those that begin later too")
  func together() async throws {
    try await withRedis { _, redis in
      let (first, second) = (Gateway(redis), Gateway(redis))
      try await second.flushes.look()
      let before = CacheClock.now()
      #expect(first.gives(askedAt: before) && second.gives(askedAt: before))
      #expect(try await first.flushes.flush())
      #expect(!first.gives(askedAt: before))
      try await second.flushes.look()
      #expect(!second.gives(askedAt: before))
      // What is asked from now on is kept, however often they look.
      try await waitUntil("the clock moves on") { CacheClock.now() > before + 50 }
      let after = CacheClock.now()
      for gateway in [first, second] {
        try await gateway.flushes.look()
        #expect(gateway.gives(askedAt: after))
      }
      let late = Gateway(redis)
      try await late.flushes.look()
      #expect(!late.gives(askedAt: before) && late.gives(askedAt: after))
    }
  }

  @Test("The running task hears of it within a second")
  func running() async throws {
    try await withRedis { _, redis in
      let (first, second) = (Gateway(redis), Gateway(redis))
      let task = Task { try await second.flushes.run() }
      try await waitUntil("it looks") { try await redis.send(RedisCommand("PING")).string() == "PONG" }
      let before = CacheClock.now()
      #expect(try await first.flushes.flush())
      try await waitUntil("it is heard") { !second.gives(askedAt: before) }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test("Without Redis this gateway alone forgets, and a flush that was missed is made up for")
  func away() async throws {
    try await withRedis { server, redis in
      let (first, second) = (Gateway(redis), Gateway(redis))
      try await second.flushes.look()
      try await server.kill()
      let before = CacheClock.now()
      #expect(try await first.flushes.flush() == false)
      #expect(!first.gives(askedAt: before) && second.gives(askedAt: before))
      await #expect(throws: (any Error).self) { try await second.flushes.look() }
      try await server.restart()
      try await redis.waitUntilReady()
      #expect(try await first.flushes.flush())
      try await second.flushes.look()
      #expect(!second.gives(askedAt: before))
    }
  }
}
