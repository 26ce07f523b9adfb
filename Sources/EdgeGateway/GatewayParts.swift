package import Logging
internal import OutboundHTTP
package import RedisClient
package import ServiceKit

/// What stands between the network and the routes: the cache, the limits, who may read answers.
package struct GatewayParts: Sendable {
  package let metrics: HTTPMetrics
  package let cache: ResponseCache
  package let flushes: CacheFlushes
  package let limits: RateLimits
  package let internalKey: InternalKey
  package let clients: ClientFinder
  package let cors: CORSPolicy
  /// How the mesh's figures went.
  package let trends: Trends

  /// - Parameters:
  ///   - redis: nil, or one that is away, leaves this process to itself.
  ///   - rateClock: what limits go by, in nanoseconds; nil for the system's.
  package init(
    cache configuration: CacheConfiguration = CacheConfiguration(), policies: [RateTier: RatePolicy] = [:],
    clients: ClientFinder, internalKey: InternalKey, cors: CORSPolicy, redis: (any RedisCommands)?, logger: Logger,
    rateClock: (@Sendable () -> Int64)? = nil
  ) {
    metrics = HTTPMetrics()
    cache = ResponseCache(
      configuration, shared: redis.map { SharedCache($0, logger: logger) }, figures: metrics, logger: logger)
    trends = Trends(requests: metrics.tally, cache: cache.metrics)
    flushes = CacheFlushes(cache, redis: redis, logger: logger)
    let limiter = RateLimiter(policies: policies, redis: redis, logger: logger, now: rateClock)
    limits = RateLimits(limiter, internalKey: internalKey)
    self.internalKey = internalKey
    self.clients = clients
    self.cors = cors
  }

  /// As settings have it.
  ///
  /// - Throws: `ServiceError` `.configuration`.
  package init(_ settings: Settings, redis: (any RedisCommands)?, logger: Logger) throws {
    let field = ClientAddress.Field(rawValue: settings.string("TRUSTED_PROXY_FIELD")) ?? .xForwardedFor
    self.init(
      cache: CacheConfiguration(settings),
      policies: settings.bool("RATE_LIMITS") ? try RatePolicy.policies(settings.list("RATE_LIMIT_TIERS")) : [:],
      clients: ClientFinder(
        try ClientAddress(trusted: settings.list("TRUSTED_PROXIES"), field: field),
        ConnectionPlaces(perAddress: settings.bool("RATE_LIMITS") ? settings.int("CONNECTIONS_PER_ADDRESS") : 0)),
      internalKey: try InternalKey(settings.optionalSecret("INTERNAL_KEY"), logger: logger),
      cors: try CORSPolicy(settings.list("CORS_ORIGINS")), redis: redis, logger: logger)
  }

  package static let settings =
    CacheConfiguration.settings + RateLimits.settings + CORSPolicy.settings + LiveConfiguration.settings
}
