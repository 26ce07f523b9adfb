package import NIOCore

/// How to reach a Redis Cluster.
package struct RedisClusterConfiguration: Sendable {
  /// Nodes to ask for the others; one that answers is enough.
  package var seeds: [RedisEndpoint]
  /// How to reach each node: credentials, TLS, limits, connections for each node. Its endpoint is ignored.
  package var node: RedisConfiguration
  /// How often to ask for the topology unasked.
  package var refreshInterval: TimeAmount = .seconds(30)
  /// How often one call follows redirections or tries again.
  package var maximumAttempts = 16

  package init(seeds: [RedisEndpoint], node: RedisConfiguration? = nil) {
    self.seeds = seeds
    self.node = node ?? RedisConfiguration(endpoint: seeds.first ?? .tcp(host: "localhost", port: 6379))
  }
}
