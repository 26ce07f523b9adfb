internal import Logging
internal import NIOConcurrencyHelpers
internal import NIOCore

/// The clients of a cluster's nodes and the slots they serve; any thread.
final class ClusterNodes: Sendable {
  private struct State {
    var map = SlotMap()
    var clients: [RedisEndpoint: RedisClient] = [:]
    /// Left the cluster; kept until what they still carry has ended.
    var retired: [(client: RedisClient, at: NIODeadline)] = []
    var isClosed = false
  }

  private let configuration: RedisClusterConfiguration
  private let group: any EventLoopGroup
  private let logger: Logger
  private let state = NIOLockedValueBox(State())

  init(_ configuration: RedisClusterConfiguration, group: any EventLoopGroup, logger: Logger) {
    self.configuration = configuration
    self.group = group
    self.logger = logger
  }

  var map: SlotMap { state.withLockedValue { $0.map } }

  /// The client of a node, made when first needed.
  func client(of endpoint: RedisEndpoint) throws -> RedisClient {
    try state.withLockedValue { state in
      if let client = state.clients[endpoint] { return client }
      guard !state.isClosed else { throw RedisError(.closed, "the client was shut down") }
      // The specification's bound is about 1000 nodes; a node that redirects without end must not open more.
      guard state.clients.count < 1024 else {
        throw RedisError(.clusterUnavailable, "the cluster names more than 1024 nodes")
      }
      var node = configuration.node
      node.endpoint = endpoint
      let client = try RedisClient(node, group: group, logger: logger)
      state.clients[endpoint] = client
      return client
    }
  }

  /// The endpoint of a slot's node, or nil when none is known; without a slot that of any master, a ready one if there
  /// is one.
  func endpoint(of slot: Int?) -> RedisEndpoint? {
    state.withLockedValue { state in
      if let slot { return state.map.node(of: slot) }
      let ready = state.map.nodes.filter { state.clients[$0]?.isReady == true }
      return ready.randomElement() ?? state.map.nodes.randomElement()
    }
  }

  /// The nodes to ask for the topology: those that are ready first.
  var toAsk: [RedisEndpoint] {
    state.withLockedValue { state in
      let known = Set(state.map.nodes + configuration.seeds).shuffled()
      return known.filter { state.clients[$0]?.isReady == true } + known.filter { state.clients[$0]?.isReady != true }
    }
  }

  func move(_ slot: Int, to endpoint: RedisEndpoint) {
    state.withLockedValue { $0.map.move(slot, to: endpoint) }
  }

  /// Takes a new map; nodes that left are retired, and those retired for long are handed back to be shut down.
  func adopt(_ map: SlotMap) -> [RedisClient] {
    state.withLockedValue { state in
      guard !state.isClosed else { return [] }
      state.map = map
      let kept = Set(map.nodes + configuration.seeds)
      let now = NIODeadline.now()
      for (endpoint, client) in state.clients where !kept.contains(endpoint) {
        state.clients[endpoint] = nil
        state.retired.append((client, now))
      }
      let patience = configuration.node.commandTimeout + .seconds(10)
      let over = state.retired.filter { now - $0.at > patience }
      state.retired.removeAll { now - $0.at > patience }
      return over.map(\.client)
    }
  }

  /// Takes all clients, for the end.
  func close() -> [RedisClient] {
    state.withLockedValue { state in
      state.isClosed = true
      defer {
        state.clients = [:]
        state.retired = []
      }
      return Array(state.clients.values) + state.retired.map(\.client)
    }
  }
}
