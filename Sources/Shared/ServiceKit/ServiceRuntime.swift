internal import HTTPTransport
package import Logging
package import MeshRPC
package import NIOPosix
package import PostgresClient
package import RedisClient
internal import Synchronization
package import Telemetry

/// What a service is built on: settings, log, event loops, and clients of what it depends on.
package final class ServiceRuntime: Sendable {
  package let settings: Settings
  package let logger: Logger
  package let group: MultiThreadedEventLoopGroup
  /// The process's readiness, for pages that show it.
  package let readiness: Readiness
  /// What the process tells of itself: traces and reports of errors. What is logged as an error is reported by itself.
  package let telemetry: Telemetry
  private let database: PostgresPool?
  private let cache: (any RedisCommands)?
  private let channels = Mutex<[String: RPCChannel]>([:])

  init(
    settings: Settings, logger: Logger, group: MultiThreadedEventLoopGroup, readiness: Readiness,
    telemetry: Telemetry, database: PostgresPool?, cache: (any RedisCommands)?
  ) {
    self.settings = settings
    self.logger = logger
    self.group = group
    self.readiness = readiness
    self.telemetry = telemetry
    self.database = database
    self.cache = cache
  }

  /// The pool on `DATABASE_URL` and its replicas; names without a schema are found in the service's own.
  ///
  /// - Throws: `ServiceError` `.internal` in a service that is described without a database.
  package func postgres() throws -> PostgresPool {
    guard let database else { throw ServiceError(.internal, "the service's description has no migrations") }
    return database
  }

  /// The client on `REDIS_URL`. Keys begin with the service's name and a colon, by convention.
  ///
  /// - Throws: `ServiceError` `.configuration` when `REDIS_URL` is unset.
  package func redis() throws -> any RedisCommands {
    guard let cache else { throw ServiceError(.configuration, "REDIS_URL is not set, and this needs Redis") }
    return cache
  }

  /// The client on `REDIS_URL`, nil when it is unset.
  package var optionalRedis: (any RedisCommands)? { cache }

  /// A channel to another service; the same one for the same setting. It connects when it is first used, carries
  /// deadline, request id and trace on, and repeats idempotent calls that failed for want of a connection.
  ///
  /// - Parameter setting: a declared `.target`, such as `CATALOG_ADDRESS`.
  /// - Throws: `ServiceError` `.configuration`.
  package func channel(to setting: String) throws -> RPCChannel {
    let text = settings.string(setting)
    return try channels.withLock { channels in
      if let channel = channels[setting] { return channel }
      let channel = try RPCWiring.channel(to: text, setting: setting, settings: settings, group: group, logger: logger)
      channels[setting] = channel
      return channel
    }
  }

  func closeChannels() async {
    let channels = channels.withLock { channels in
      defer { channels.removeAll() }
      return Array(channels.values)
    }
    for channel in channels { await channel.shutdown() }
  }
}
