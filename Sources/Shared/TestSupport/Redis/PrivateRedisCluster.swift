/// A real Redis Cluster of three masters on loopback.
package final class PrivateRedisCluster: Sendable {
  /// The masters, in the order of their slots.
  package let nodes: [PrivateRedis]

  /// Starts the nodes, joins them and returns when all agree that the cluster is whole.
  ///
  /// - Parameter settings: more lines of each node's configuration.
  package static func start(settings: [String] = []) async throws -> PrivateRedisCluster {
    var options = PrivateRedis.Options()
    options.isClusterNode = true
    options.settings = settings
    var nodes: [PrivateRedis] = []
    for _ in 0..<3 { nodes.append(try await PrivateRedis.start(options)) }
    let cluster = PrivateRedisCluster(nodes)
    let addresses = nodes.map { "127.0.0.1:\($0.port)" }
    let (status, output) = try await TestProcess.run(
      PrivateRedis.commandLine, ["--cluster", "create"] + addresses + ["--cluster-replicas", "0", "--cluster-yes"])
    guard status == 0 else { throw TestProcess.Failure("redis-cli made no cluster: \(output)") }
    try await cluster.waitUntilWhole()
    return cluster
  }

  private init(_ nodes: [PrivateRedis]) {
    self.nodes = nodes
  }

  /// Returns when all nodes serve all slots.
  package func waitUntilWhole() async throws {
    try await eventually("a whole cluster", within: .seconds(20)) {
      for node in nodes where try await !node.run("CLUSTER", "INFO").contains("cluster_state:ok") { return false }
      return true
    }
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
