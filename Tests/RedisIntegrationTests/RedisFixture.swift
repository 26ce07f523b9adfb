import Logging
import NIOCore
import NIOPosix
import RedisClient
import TestSupport

/// Tests end many connections on purpose.
let quiet = Logger(label: "redis") { _ in SwiftLogNoOpLogHandler() }

/// Runs `body` with a client that need not be ready.
func withRedis(_ configuration: RedisConfiguration, _ body: (RedisClient) async throws -> Void) async throws {
  try await RedisClient.withClient(configuration, group: MultiThreadedEventLoopGroup.singleton, logger: quiet, body)
}

extension PrivateRedis {
  /// Reaches this server over TCP. On a busy machine nothing times out unless a test wants that.
  var configuration: RedisConfiguration {
    var configuration = RedisConfiguration(endpoint: .tcp(host: "127.0.0.1", port: port))
    configuration.commandTimeout = .seconds(60)
    configuration.connectTimeout = .seconds(20)
    configuration.unresponsiveTimeout = .seconds(60)
    return configuration
  }

  /// How many commands the server has executed.
  var commandsProcessed: Int {
    get async throws {
      let line = try await run("INFO", "stats").split(whereSeparator: \.isNewline)
        .first { $0.hasPrefix("total_commands_processed:") }
      return line?.split(separator: ":").last.flatMap { Int($0) } ?? 0
    }
  }

  /// Runs `body` with a ready client of this server.
  func withClient(_ body: (RedisClient) async throws -> Void) async throws {
    try await withClient(configuration, body)
  }

  /// Runs `body` with a ready client of this server, configured by `change`.
  func withClient(
    changing change: (inout RedisConfiguration) -> Void, _ body: (RedisClient) async throws -> Void
  ) async throws {
    var configuration = configuration
    change(&configuration)
    try await withClient(configuration, body)
  }

  private func withClient(
    _ configuration: RedisConfiguration, _ body: (RedisClient) async throws -> Void
  ) async throws {
    try await withRedis(configuration) { client async throws in
      try await client.waitUntilHealthy()
      try await body(client)
    }
  }
}

/// The error that `body` throws, which must be a `RedisError`.
func redisError(_ body: () async throws -> Void) async throws -> RedisError {
  do {
    try await body()
  } catch let error as RedisError {
    return error
  }
  throw TestSupportError("no error was thrown")
}

extension RedisClient {
  /// Returns when all connections answer again.
  func waitUntilHealthy() async throws {
    try await waitUntil("the client is healthy") {
      do {
        try await waitUntilReady()
        // Calls take turns: this asks every connection, also one that has not noticed its end yet.
        for _ in 0..<2 * configuration.connections { try await ping() }
        return true
      } catch is RedisError {
        return false
      }
    }
  }
}
