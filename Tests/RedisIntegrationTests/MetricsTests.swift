import MetricsTestKit
import NIOCore
import NIOPosix
import RedisClient
import TestSupport
import Testing

@Suite("What a client reports", .timeLimit(.minutes(5)))
struct MetricsTests {
  @Test("Replies, errors, time-outs and connections are counted by server")
  func counters() async throws {
    let server = try await PrivateRedis.start()
    let metrics = TestMetrics()
    var configuration = server.configuration
    configuration.connections = 1
    let client = try RedisClient(
      configuration, group: MultiThreadedEventLoopGroup.singleton, logger: quiet, metrics: metrics)
    try await client.waitUntilReady()
    let name = ("server", "127.0.0.1:\(server.port)")
    func failures(_ reason: String) throws -> Int64 {
      try metrics.expectCounter("redis_command_failures_total", [name, ("reason", reason)]).totalValue
    }
    #expect(try metrics.expectGauge("redis_connections", [name]).lastValue == 1)
    try await client.set("text", "x")
    _ = try await redisError { try await client.increment("text") }
    #expect(try failures("server_error") == 1)
    #expect(try metrics.expectTimer("redis_command_seconds", [name]).values.count == 2)
    try await server.pause()
    _ = try await redisError { _ = try await client.send(RedisCommand("PING"), timeout: .milliseconds(50)) }
    #expect(try failures("timeout") == 1)
    async let lost = redisError { _ = try await client.send(RedisCommand("PING"), timeout: .seconds(30)) }
    try await waitUntil("both commands are outstanding") { client.outstandingCommands == 2 }
    try await server.kill()
    _ = try await lost
    #expect(try failures("connection_lost") == 1, "the one that timed out is not counted again")
    #expect(try metrics.expectCounter("redis_disconnects_total", [name]).totalValue == 1)
    #expect(try metrics.expectGauge("redis_connections", [name]).lastValue == 0)
    try await waitUntil("an attempt to connect has failed") {
      try metrics.expectCounter("redis_connect_failures_total", [name]).totalValue > 0
    }
    try await client.shutdown()
  }
}
