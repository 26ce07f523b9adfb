package import Logging
package import NIOCore
internal import Synchronization

/// One Redis server: a few pipelined connections over event loops.
///
/// A call made on a connection's event loop uses that connection, without a hop; other calls take turns. Connections
/// heal themselves; while one is down its calls go to another, or wait within the configured bounds. Commands that
/// block the server (BLPOP, WAIT) or change the connection (SELECT, MULTI apart from `transaction`) do not belong here:
/// neighbours share the connection.
package final class RedisClient: RedisCommands {
  /// As given.
  package let configuration: RedisConfiguration
  private let links: [RedisLink]
  private let turn = Atomic<Int>(0)

  /// Begins to connect at once, in the background.
  ///
  /// - Throws: `RedisError` with `.invalidConfiguration`.
  package init(
    _ configuration: RedisConfiguration, group: any EventLoopGroup, logger: Logger = Logger(label: "redis")
  ) throws {
    guard (1...1024).contains(configuration.connections) else {
      throw RedisError(.invalidConfiguration, "the number of connections must be from 1 to 1024")
    }
    self.configuration = configuration
    let connector = try RedisConnector(configuration)
    let metrics = RedisMetrics(server: configuration.endpoint.description)
    let loops = Array(group.makeIterator())
    self.links = (0..<configuration.connections).map { index in
      RedisLink(
        connector: connector, eventLoop: loops.isEmpty ? group.next() : loops[index % loops.count], metrics: metrics,
        logger: logger)
    }
    for link in links { link.start() }
  }

  /// Runs `body` with a client that is shut down afterwards.
  package static func withClient<Result: Sendable>(
    _ configuration: RedisConfiguration, group: any EventLoopGroup, logger: Logger = Logger(label: "redis"),
    _ body: (RedisClient) async throws -> Result
  ) async throws -> Result {
    let client = try RedisClient(configuration, group: group, logger: logger)
    let result: Result
    do {
      result = try await body(client)
    } catch {
      try await client.shutdown()
      throw error
    }
    try await client.shutdown()
    return result
  }

  /// Fails what waits with `.closed`, and closes all connections.
  package func shutdown() async throws {
    for link in links { try await link.stop() }
  }

  /// Returns when all connections are ready.
  ///
  /// - Throws: `RedisError`: why the current attempt of one failed.
  package func waitUntilReady() async throws {
    for link in links { try await link.waitUntilReady() }
  }

  /// Whether at least one connection is ready; for a health check that must not wait.
  package var isReady: Bool { links.contains { $0.isReady } }

  /// Commands on all connections whose reply is awaited, at about this moment; those that timed out count until the
  /// server answered them.
  package var outstandingCommands: Int { links.reduce(0) { $0 + $1.outstandingCommands } }

  package func send(_ command: RedisCommand, timeout: TimeAmount?) async throws -> RESPValue {
    try await choose().send(command, timeout: timeout)
  }

  package func pipeline(_ commands: [RedisCommand], timeout: TimeAmount?) async throws
    -> [Result<RESPValue, RedisError>]
  {
    try await choose().pipeline(commands, timeout: timeout)
  }

  private func choose() -> RedisLink {
    for link in links where link.eventLoop.inEventLoop && link.isReady { return link }
    let start = turn.wrappingAdd(1, ordering: .relaxed).newValue & Int.max
    for offset in 0..<links.count {
      let link = links[(start &+ offset) % links.count]
      if link.isReady { return link }
    }
    return links[start % links.count]
  }
}
