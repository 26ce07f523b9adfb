import Logging
import NIOCore
import NIOPosix
import RedisClient
import TestSupport
import Testing

@testable import EdgeGateway

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite("Limits over several gateways") struct SharedLimitTests {
  private func withLimiters(
    _ policy: RatePolicy, _ body: (PrivateRedis, RateLimiter, RateLimiter) async throws -> Void
  ) async throws {
    let server = try await PrivateRedis.start()
    var configuration = RedisConfiguration(endpoint: .tcp(host: "127.0.0.1", port: server.port))
    configuration.connectTimeout = .seconds(20)
    try await RedisClient.withClient(configuration, group: MultiThreadedEventLoopGroup.singleton, logger: quiet) {
      redis in
      try await redis.waitUntilReady()
      // Two limiters share nothing but Redis, as two processes do.
      let limiters = (0..<2).map { _ in RateLimiter(policies: [.api: policy], redis: redis, logger: quiet) }
      try await body(server, limiters[0], limiters[1])
    }
    try await server.tearDown()
  }

  @Test("Two gateways under a hail of requests grant what one may, within 5 percent")
  func together() async throws {
    let policy = RatePolicy(requestsPerSecond: 100, burst: 40)
    try await withLimiters(policy) { _, first, second in
      let subject = RateSubject(key: 7)
      _ = await first.decide(.api, RateSubject(key: 8))
      let clock = ContinuousClock()
      let start = clock.now
      let end = start + .seconds(3)
      let granted = await withTaskGroup(of: Int.self) { group in
        for limiter in [first, second, first, second] {
          group.addTask {
            var count = 0
            while clock.now < end {
              if await limiter.decide(.api, subject).refusal == nil { count += 1 }
              await Task.yield()
            }
            return count
          }
        }
        return await group.reduce(0, +)
      }
      let seconds =
        Double((clock.now - start).components.attoseconds) / 1e18
        + Double((clock.now - start).components.seconds)
      let wanted = 40 + 100 * seconds
      #expect(Double(granted) <= wanted * 1.05 && Double(granted) >= wanted * 0.95, "\(granted) of \(wanted)")
    }
  }

  @Test("A day's quota is one for all gateways")
  func daily() async throws {
    try await withLimiters(RatePolicy(requestsPerSecond: 1000, burst: 1000, daily: 50)) { _, first, second in
      var granted = 0
      for index in 0..<200 {
        let decision = await (index % 2 == 0 ? first : second).decide(.api, RateSubject(key: 9))
        if decision.refusal == nil { granted += 1 }
      }
      #expect(granted == 50)
    }
  }

  @Test("Without Redis each gateway keeps the limit itself, and asks again later")
  func away() async throws {
    try await withLimiters(RatePolicy(requestsPerSecond: 1, burst: 10)) { server, first, _ in
      #expect(await first.decide(.api, RateSubject(key: 1)).refusal == nil)
      try await server.kill()
      var granted = 0
      for _ in 0..<40 {
        if await first.decide(.api, RateSubject(key: 2)).refusal == nil { granted += 1 }
      }
      #expect((10...12).contains(granted))
      try await server.restart()
      try await waitUntil("limits are shared again") {
        _ = await first.decide(.api, RateSubject(key: 3))
        return try await server.run("KEYS", "edge:limit:*").contains("{k:3}")
      }
    }
  }
}
