internal import Logging
internal import NIOCore
internal import RedisClient

/// A client of Redis or of a cluster, with what ends it.
struct CacheConnection: Sendable {
  let commands: any RedisCommands
  let shutdown: @Sendable () async throws -> Void

  /// Nil when `REDIS_URL` is unset. Connects in the background; the service does not wait for it.
  ///
  /// - Throws: `ServiceError` `.configuration`; its text never repeats a URL.
  static func make(
    _ settings: Settings, service: String, group: any EventLoopGroup, logger: Logger
  ) throws -> CacheConnection? {
    let urls = settings.list("REDIS_URL")
    guard let first = urls.first else { return nil }
    do {
      var node = try RedisConfiguration(url: first)
      node.connections = settings.int("REDIS_CONNECTIONS")
      node.clientName = service
      if settings.bool("REDIS_CLUSTER") {
        let seeds = try urls.map { try RedisConfiguration(url: $0).endpoint }
        let client = try RedisClusterClient(
          RedisClusterConfiguration(seeds: seeds, node: node), group: group, logger: logger)
        return CacheConnection(commands: client) { try await client.shutdown() }
      }
      guard urls.count == 1 else {
        throw ServiceError(.configuration, "REDIS_URL names several servers, and REDIS_CLUSTER is off")
      }
      let client = try RedisClient(node, group: group, logger: logger)
      return CacheConnection(commands: client) { try await client.shutdown() }
    } catch let error as RedisError {
      throw ServiceError(.configuration, "REDIS_URL cannot be used: \(error.message)")
    }
  }

  /// Tells of a Redis that is away; the service is ready all the same.
  var check: ReadinessCheck {
    ReadinessCheck("redis", isRequired: false) { [commands] in try await commands.ping() }
  }
}
