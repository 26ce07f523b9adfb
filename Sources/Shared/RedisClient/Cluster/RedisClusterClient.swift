package import Logging
package import NIOCore

/// A Redis Cluster: each command goes to the node of its keys' slot, follows MOVED and ASK, and waits out TRYAGAIN and
/// CLUSTERDOWN within its timeout.
///
/// Keys of one command need one slot: give them a hash tag, `{user:1}:name`. A command without keys goes to any master.
/// A command whose connection ended before the reply is not sent again: it may have been executed. One that waits for a
/// node that is gone goes to the node that takes its place, when that happens within the timeout.
package final class RedisClusterClient: RedisCommands {
  let configuration: RedisClusterConfiguration
  let nodes: ClusterNodes
  let topology: ClusterTopology

  /// Begins nothing until the first call or `waitUntilReady`.
  ///
  /// - Throws: `RedisError` with `.invalidConfiguration`.
  package init(
    _ configuration: RedisClusterConfiguration, group: any EventLoopGroup, logger: Logger = Logger(label: "redis")
  ) throws {
    guard !configuration.seeds.isEmpty, configuration.node.database == 0 else {
      throw RedisError(.invalidConfiguration, "a cluster needs at least one seed node, and has database 0 only")
    }
    self.configuration = configuration
    self.nodes = ClusterNodes(configuration, group: group, logger: logger)
    self.topology = ClusterTopology(
      nodes, interval: configuration.refreshInterval, eventLoop: group.next(), logger: logger)
  }

  /// Runs `body` with a client that is shut down afterwards.
  package static func withClient<Result: Sendable>(
    _ configuration: RedisClusterConfiguration, group: any EventLoopGroup,
    logger: Logger = Logger(label: "redis"), _ body: (RedisClusterClient) async throws -> Result
  ) async throws -> Result {
    let client = try RedisClusterClient(configuration, group: group, logger: logger)
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

  /// Fails what waits, and closes all connections.
  package func shutdown() async throws {
    await topology.stop()
    for client in nodes.close() { try await client.shutdown() }
  }

  /// Returns when the topology is known and every master's connections are ready.
  package func waitUntilReady() async throws {
    try await topology.refresh()
    for client in try masters() { try await client.waitUntilReady() }
  }

  /// The masters' own clients, for what concerns one node: SCAN, INFO, SCRIPT FLUSH.
  package func masters() throws -> [RedisClient] {
    try nodes.map.nodes.map { try nodes.client(of: $0) }
  }

  package func send(_ command: RedisCommand, timeout: TimeAmount?) async throws -> RESPValue {
    let slot = try HashSlot.of(command)
    return try await follow(slot, deadline(after: timeout)) { client, isAsking, remaining in
      guard isAsking else {
        return try await client.send(command, timeout: remaining, connectionWait: Self.connectionWait)
      }
      let replies = try await client.pipeline(
        [RedisCommand("ASKING"), command], timeout: remaining, connectionWait: Self.connectionWait)
      guard let reply = replies.last else { throw RedisError(.unexpectedReply, "ASKING was not answered") }
      return try reply.get()
    }
  }

  /// Commands for one node go together; the nodes work side by side. Commands that are redirected keep their order among
  /// themselves, but not towards the others.
  package func pipeline(_ commands: [RedisCommand], timeout: TimeAmount?) async throws
    -> [Result<RESPValue, RedisError>]
  {
    commands.first?.name == "MULTI"
      ? try await transaction(commands, timeout) : try await scatter(commands, until: deadline(after: timeout))
  }

  /// MULTI … EXEC on the one node of all its keys. When a command is redirected EXEC executes none, so all may be sent
  /// again elsewhere.
  private func transaction(
    _ commands: [RedisCommand], _ timeout: TimeAmount?
  ) async throws -> [Result<RESPValue, RedisError>] {
    do {
      let slots = Set(try commands.compactMap { try HashSlot.of($0) })
      guard slots.count <= 1 else {
        throw RedisError(
          .crossSlot, "the keys of a transaction are in different slots; give them one hash tag: {tag}…")
      }
      return try await follow(slots.first, deadline(after: timeout)) { client, isAsking, remaining in
        // ASKING lasts for one command, so a transaction cannot be asked for: wait until the slot has moved.
        if isAsking { throw RedisError(RedisServerError(message: "TRYAGAIN the slot is being moved")) }
        let results = try await client.pipeline(commands, timeout: remaining, connectionWait: Self.connectionWait)
        for case .failure(let error) in results.dropLast() {
          if error.isUnsent || ClusterRedirection(error, asked: client.configuration.endpoint) != nil { throw error }
        }
        return results
      }
    } catch let error as RedisError {
      return commands.map { _ in .failure(error) }
    }
  }

  func deadline(after timeout: TimeAmount?) -> NIODeadline {
    .now() + (timeout ?? configuration.node.commandTimeout)
  }

  /// Runs `attempt` on the node of `slot`, and again wherever a redirection leads.
  private func follow<Reply>(
    _ slot: Int?, _ deadline: NIODeadline,
    _ attempt: (_ client: RedisClient, _ isAsking: Bool, _ remaining: TimeAmount) async throws -> Reply
  ) async throws -> Reply {
    var backoff = Self.backoff
    var target: RedisEndpoint?
    var isAsking = false
    var redirections = 0
    var last: RedisError?
    while redirections < max(1, configuration.maximumAttempts) {
      let remaining = deadline - .now()
      guard remaining > .zero else { break }
      var asked = target
      let asks = isAsking
      (target, isAsking) = (nil, false)
      do {
        let endpoint = if let asked { asked } else { try await place(of: slot) }
        asked = endpoint
        return try await attempt(try nodes.client(of: endpoint), asks, remaining)
      } catch let error as RedisError {
        last = error
        switch asked.flatMap({ ClusterRedirection(error, asked: $0) }) {
        case .moved(let slot, let owner):
          redirections += 1
          nodes.move(slot, to: owner)
          topology.request()
          target = owner
        case .ask(let importer):
          redirections += 1
          (target, isAsking) = (importer, true)
        case .later:
          topology.request()
          try await pause(&backoff, until: deadline)
        case nil:
          // Anything that smells of a node that is gone makes the map suspect.
          if error.code != .server { topology.request() }
          guard error.isUnsent else { throw error }
          try await pause(&backoff, until: deadline)
        }
      }
    }
    throw Self.unsettled(last)
  }

  /// The node of a slot; without a slot any master.
  ///
  /// - Throws: `RedisError`, unsent, when there is none.
  private func place(of slot: Int?) async throws -> RedisEndpoint {
    if let endpoint = nodes.endpoint(of: slot) { return endpoint }
    try await topology.refresh()
    if let endpoint = nodes.endpoint(of: slot) { return endpoint }
    throw RedisError(.notConnected, "no node serves the key's slot; repair the cluster")
  }

  static func unsettled(_ cause: RedisError?) -> RedisError {
    RedisError(
      .clusterUnavailable, "the cluster did not settle the command in time; it was not executed", cause: cause,
      isUnsent: true)
  }

  /// Between attempts: a cluster needs a second or more to replace a node, a migration less.
  static let backoff = ReconnectBackoff(initial: .milliseconds(10), maximum: .milliseconds(200))

  /// How long a command waits for one node's connection before the map is looked at again.
  static let connectionWait = TimeAmount.milliseconds(200)

  func pause(_ backoff: inout ReconnectBackoff, until deadline: NIODeadline) async throws {
    let delay = min(backoff.next(random: Double.random(in: 0..<1)), deadline - .now())
    if delay > .zero { try await Task.sleep(for: .nanoseconds(delay.nanoseconds)) }
  }
}
