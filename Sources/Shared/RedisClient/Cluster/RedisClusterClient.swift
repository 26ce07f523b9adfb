package import Logging
package import NIOCore

/// A Redis Cluster: each command goes to the node of its keys' slot, follows MOVED and ASK, and waits out TRYAGAIN and
/// CLUSTERDOWN within its timeout.
///
/// Keys of one command need one slot: give them a hash tag, `{user:1}:name`. A command without keys goes to any master.
/// A command whose connection ended before the reply is not sent again: it may have been executed.
package final class RedisClusterClient: RedisCommands {
  private let configuration: RedisClusterConfiguration
  private let nodes: ClusterNodes
  private let topology: ClusterTopology

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
    return try await follow(slot, timeout) { client, isAsking, remaining in
      guard isAsking else { return try await client.send(command, timeout: remaining) }
      let replies = try await client.pipeline([RedisCommand("ASKING"), command], timeout: remaining)
      guard let reply = replies.last else { throw RedisError(.unexpectedReply, "ASKING was not answered") }
      return try reply.get()
    }
  }

  package func pipeline(_ commands: [RedisCommand], timeout: TimeAmount?) async throws
    -> [Result<RESPValue, RedisError>]
  {
    if commands.first?.name == "MULTI" { return try await transaction(commands, timeout) }
    if nodes.map.nodes.isEmpty { try await topology.refresh() }
    // Commands for one node go together; the nodes work side by side.
    var groups: [RedisEndpoint?: [Int]] = [:]
    for (index, command) in commands.enumerated() {
      groups[try HashSlot.of(command).map { nodes.endpoint(of: $0) } ?? nil, default: []].append(index)
    }
    var results = [Result<RESPValue, RedisError>?](repeating: nil, count: commands.count)
    try await withThrowingTaskGroup(of: [(Int, Result<RESPValue, RedisError>)].self) { group in
      for (endpoint, indices) in groups {
        group.addTask { try await self.run(indices, of: commands, on: endpoint, timeout) }
      }
      for try await part in group {
        for (index, result) in part { results[index] = result }
      }
    }
    return results.map { $0 ?? .failure(RedisError(.unexpectedReply, "a command of a pipeline has no result")) }
  }

  /// Runs some commands of a pipeline on one node; those that are redirected, or have no node, go one by one.
  private func run(
    _ indices: [Int], of commands: [RedisCommand], on endpoint: RedisEndpoint?, _ timeout: TimeAmount?
  ) async throws -> [(Int, Result<RESPValue, RedisError>)] {
    var results: [(Int, Result<RESPValue, RedisError>)] = []
    var first: [Result<RESPValue, RedisError>] = []
    if let endpoint {
      first = try await nodes.client(of: endpoint).pipeline(indices.map { commands[$0] }, timeout: timeout)
    }
    for (position, index) in indices.enumerated() {
      if position < first.count {
        guard case .failure(let error) = first[position], let endpoint,
          ClusterRedirection(error, asked: endpoint) != nil || error.isUnsent
        else {
          results.append((index, first[position]))
          continue
        }
      }
      do {
        results.append((index, .success(try await send(commands[index], timeout: timeout))))
      } catch let error as RedisError {
        results.append((index, .failure(error)))
      }
    }
    return results
  }

  /// MULTI … EXEC on the one node of all its keys. When a command is redirected EXEC executes none, so all may be sent
  /// again elsewhere.
  private func transaction(
    _ commands: [RedisCommand], _ timeout: TimeAmount?
  ) async throws -> [Result<RESPValue, RedisError>] {
    let slots = Set(try commands.compactMap { try HashSlot.of($0) })
    guard slots.count <= 1 else {
      throw RedisError(.crossSlot, "the keys of a transaction are in different slots; give them one hash tag: {tag}…")
    }
    return try await follow(slots.first, timeout) { client, isAsking, remaining in
      // ASKING lasts for one command, so a transaction cannot be asked for: wait until the slot has moved.
      if isAsking { throw RedisError(RedisServerError(message: "TRYAGAIN the slot is being moved")) }
      let results = try await client.pipeline(commands, timeout: remaining)
      for case .failure(let error) in results.dropLast() {
        if ClusterRedirection(error, asked: client.configuration.endpoint) != nil { throw error }
      }
      return results
    }
  }

  /// Runs `attempt` on the node of `slot`, and again wherever a redirection leads.
  private func follow<Reply>(
    _ slot: Int?, _ timeout: TimeAmount?,
    _ attempt: (_ client: RedisClient, _ isAsking: Bool, _ remaining: TimeAmount) async throws -> Reply
  ) async throws -> Reply {
    let deadline = NIODeadline.now() + (timeout ?? configuration.node.commandTimeout)
    var backoff = ReconnectBackoff(initial: .milliseconds(10), maximum: .milliseconds(200))
    var target: RedisEndpoint?
    var isAsking = false
    var last: RedisError?
    for _ in 0..<max(1, configuration.maximumAttempts) {
      let remaining = deadline - .now()
      guard remaining > .zero else { break }
      guard let endpoint = target ?? nodes.endpoint(of: slot) else {
        try await topology.refresh()
        if let slot, nodes.endpoint(of: slot) == nil {
          last = RedisError(.clusterUnavailable, "no node serves the key's slot; repair the cluster")
          try await pause(&backoff, until: deadline)
        }
        continue
      }
      do {
        return try await attempt(try nodes.client(of: endpoint), isAsking, remaining)
      } catch let error as RedisError {
        last = error
        target = nil
        isAsking = false
        switch ClusterRedirection(error, asked: endpoint) {
        case .moved(let slot, let owner):
          nodes.move(slot, to: owner)
          topology.request()
          target = owner
        case .ask(let importer):
          target = importer
          isAsking = true
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
    throw RedisError(
      .clusterUnavailable, "the cluster did not settle the command in time; it was not executed", cause: last)
  }

  private func pause(_ backoff: inout ReconnectBackoff, until deadline: NIODeadline) async throws {
    let delay = min(backoff.next(random: Double.random(in: 0..<1)), deadline - .now())
    if delay > .zero { try await Task.sleep(for: .nanoseconds(delay.nanoseconds)) }
  }
}
