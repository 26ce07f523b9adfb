package import CoreMetrics
package import Logging
package import NIOCore
internal import Synchronization

/// One Redis server: a few pipelined connections over event loops.
///
/// A call made on a connection's event loop uses that connection, without a hop; other calls take turns. Connections
/// heal themselves; while one is down, or commands on it time out, calls go to another; while all are down they wait
/// within the configured bounds. A client lives until `shutdown`. Commands that block the server (BLPOP, WAIT) or
/// change the connection (SELECT, MULTI apart from `transaction`) do not belong here: neighbours share the connection.
package final class RedisClient: RedisCommands {
  /// As given.
  package let configuration: RedisConfiguration
  private let links: [RedisLink]
  private let turn = Atomic<Int>(0)

  /// Begins to connect at once, in the background.
  ///
  /// - Parameter metrics: who counts and measures; nil for whom `MetricsSystem` names.
  /// - Throws: `RedisError` with `.invalidConfiguration`.
  package init(
    _ configuration: RedisConfiguration, group: any EventLoopGroup, logger: Logger = Logger(label: "redis"),
    metrics factory: (any MetricsFactory)? = nil
  ) throws {
    guard (1...1024).contains(configuration.connections) else {
      throw RedisError(.invalidConfiguration, "the number of connections must be from 1 to 1024")
    }
    self.configuration = configuration
    let connector = try RedisConnector(configuration)
    let metrics = RedisMetrics(
      server: configuration.endpoint.description, factory: factory ?? MetricsSystem.factory)
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

  /// Returns when all connections are ready, or an attempt to make one has failed: within two connect timeouts and a
  /// backoff.
  ///
  /// - Throws: `RedisError`: why that attempt failed.
  package func waitUntilReady() async throws {
    for link in links { try await link.waitUntilReady() }
  }

  /// Whether at least one connection is ready; for a health check that must not wait.
  package var isReady: Bool { links.contains { $0.isReady } }

  /// Commands on all connections whose reply is awaited, at about this moment; those that timed out count until the
  /// server answered them.
  package var outstandingCommands: Int { links.reduce(0) { $0 + $1.outstandingCommands } }

  package func send(_ command: RedisCommand, timeout: TimeAmount?) async throws -> RESPValue {
    try await choose().send(command, timeout: timeout, connectionWait: nil)
  }

  package func pipeline(_ commands: [RedisCommand], timeout: TimeAmount?) async throws
    -> [Result<RESPValue, RedisError>]
  {
    try await choose().pipeline(commands, timeout: timeout, connectionWait: nil)
  }

  /// Like `pipeline`, but waits at most so long for a connection: then the commands fail unsent, so that a cluster's
  /// client can look for another node.
  func pipeline(_ commands: [RedisCommand], timeout: TimeAmount, connectionWait: TimeAmount) async throws
    -> [Result<RESPValue, RedisError>]
  {
    try await choose().pipeline(commands, timeout: timeout, connectionWait: connectionWait)
  }

  /// Like `send`, but waits at most so long for a connection.
  func send(_ command: RedisCommand, timeout: TimeAmount, connectionWait: TimeAmount) async throws -> RESPValue {
    try await choose().send(command, timeout: timeout, connectionWait: connectionWait)
  }

  private func choose() -> RedisLink {
    for link in links where link.eventLoop.inEventLoop && link.isReady && !link.isSuspect { return link }
    let start = turn.wrappingAdd(1, ordering: .relaxed).newValue & (Int.max >> 1)
    var second: RedisLink?
    for offset in 0..<links.count {
      let link = links[(start + offset) % links.count]
      guard link.isReady else { continue }
      if !link.isSuspect { return link }
      second = second ?? link
    }
    return second ?? links[start % links.count]
  }
}
