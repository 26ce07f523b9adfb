import NIOCore
import NIOPosix
import RedisClient
import TestSupport

extension PrivateRedis {
  /// Reaches this server over TCP.
  var configuration: RedisConfiguration {
    RedisConfiguration(endpoint: .tcp(host: "127.0.0.1", port: port))
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
    try await RedisClient.withClient(configuration, group: MultiThreadedEventLoopGroup.singleton) {
      client async throws in
      try await client.waitUntilReady()
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
  throw TestProcess.Failure("no error was thrown")
}
