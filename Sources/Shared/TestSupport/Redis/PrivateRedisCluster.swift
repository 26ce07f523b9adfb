/// A real Redis Cluster of three masters on loopback.
package final class PrivateRedisCluster: Sendable {
  /// The masters, in the order of their slots.
  package let nodes: [PrivateRedis]
  private let options: PrivateRedis.Options

  /// Starts the nodes, joins them and returns when all agree that the cluster is whole.
  ///
  /// - Parameter settings: more lines of each node's configuration.
  package static func start(settings: [String] = []) async throws -> PrivateRedisCluster {
    var options = PrivateRedis.Options()
    options.isClusterNode = true
    options.settings = settings
    var nodes: [PrivateRedis] = []
    for _ in 0..<3 { nodes.append(try await PrivateRedis.start(options)) }
    for (index, node) in nodes.enumerated() {
      let first = index * 16_384 / nodes.count
      let last = (index + 1) * 16_384 / nodes.count - 1
      try await node.run("CLUSTER", "ADDSLOTSRANGE", "\(first)", "\(last)")
      // Nodes with the same epoch would have to settle that first.
      try await node.run("CLUSTER", "SET-CONFIG-EPOCH", "\(index + 1)")
    }
    for node in nodes.dropFirst() { try await nodes[0].meet(node) }
    let cluster = PrivateRedisCluster(nodes, options)
    try await cluster.waitUntilWhole()
    return cluster
  }

  private init(_ nodes: [PrivateRedis], _ options: PrivateRedis.Options) {
    self.nodes = nodes
    self.options = options
  }

  /// Returns when all nodes that run know each other and say that all slots are served.
  package func waitUntilWhole() async throws {
    try await waitUntil("the cluster is whole", within: .seconds(60)) {
      for node in nodes {
        let information = try await node.run("CLUSTER", "INFO")
        let isWhole =
          information.contains("cluster_state:ok") && information.contains("cluster_slots_ok:16384")
          && information.contains("cluster_size:\(nodes.count)")
        guard isWhole else { return false }
      }
      return true
    }
  }

  /// Starts a replica of one of the masters, and returns when it is in step with it and all know it.
  package func startReplica(of master: PrivateRedis) async throws -> PrivateRedis {
    let replica = try await PrivateRedis.start(options)
    try await nodes[0].meet(replica)
    let masterID = try await id(of: master)
    let replicaID = try await id(of: replica)
    try await waitUntil("the replica knows its master") {
      try await replica.run("CLUSTER", "NODES").contains(masterID)
    }
    try await replica.run("CLUSTER", "REPLICATE", masterID)
    try await waitUntil("all nodes know the replica") {
      for node in nodes where try await !node.run("CLUSTER", "REPLICAS", masterID).contains(replicaID) { return false }
      return try await replica.run("INFO", "replication").contains("master_link_status:up")
    }
    return replica
  }

  /// A node's id in the cluster.
  package func id(of node: PrivateRedis) async throws -> String {
    String(try await node.run("CLUSTER", "MYID").prefix { !$0.isWhitespace })
  }

  /// Marks `slot` as moving from `source` to `target`; keys stay where they are.
  package func beginMigration(ofSlot slot: Int, from source: PrivateRedis, to target: PrivateRedis) async throws {
    try await target.run("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", id(of: source))
    try await source.run("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", id(of: target))
  }

  /// Moves keys of a slot that is being moved.
  package func migrate(_ keys: [String], from source: PrivateRedis, to target: PrivateRedis) async throws {
    for key in keys { try await source.run("MIGRATE", "127.0.0.1", "\(target.port)", key, "0", "5000") }
  }

  /// Ends a slot's move: all nodes learn its new owner.
  package func endMigration(ofSlot slot: Int, to target: PrivateRedis) async throws {
    let id = try await id(of: target)
    try await target.run("CLUSTER", "SETSLOT", "\(slot)", "NODE", id)
    for node in nodes where node !== target { try await node.run("CLUSTER", "SETSLOT", "\(slot)", "NODE", id) }
  }
}

extension PrivateRedis {
  fileprivate func meet(_ other: PrivateRedis) async throws {
    try await run("CLUSTER", "MEET", "127.0.0.1", "\(other.port)", "\(other.busPort)")
  }
}
