internal import Glibc
internal import HTTPTransport
package import Logging
internal import MeshMessages
internal import MeshRPC
internal import NIOPosix
package import ServiceKit

extension EdgeGateway {
  package static func build(_ runtime: ServiceRuntime) async throws -> ServiceAssembly {
    let settings = runtime.settings
    let backends = Backends(
      catalog: try runtime.channel(to: "CATALOG_ADDRESS"), pricing: try runtime.channel(to: "PRICING_ADDRESS"),
      notifier: try runtime.channel(to: "NOTIFIER_ADDRESS"), readTimeout: settings.duration("READ_TIMEOUT"),
      writeTimeout: settings.duration("WRITE_TIMEOUT"))
    let tokens = try AccessTokens(
      subscribers: settings.list("ACCESS_TOKENS"), admin: settings.optionalSecret("ADMIN_TOKEN"))
    let site = try PageSite(settings)
    let routes = routes(backends, site: site, readiness: runtime.readiness)
    let parts = try GatewayParts(settings, redis: runtime.optionalRedis, logger: runtime.logger)
    let gateway = Gateway(
      router: Router(routes), middlewares: middlewares(tokens, parts, site: site, logger: runtime.logger), parts: parts,
      logger: runtime.logger)
    let perPeer = settings.int("MAX_CONNECTIONS_PER_PEER")
    return ServiceAssembly(
      tasks: tasks(parts.cache, backends, runtime),
      readiness: try ["catalog", "pricing", "notifier"].map { try check(of: $0, runtime) }, httpHandler: gateway,
      configureListener: { $0.maxConnectionsPerPeer = perPeer })
  }

  /// What keeps the cache right.
  private static func tasks(
    _ cache: ResponseCache, _ backends: Backends, _ runtime: ServiceRuntime
  ) -> [BackgroundTask] {
    let feed = ChangeFeed(cache: cache, logger: runtime.logger)
    let inside = HTTPConnectionInfo(
      version: .http2, remoteAddress: nil, localAddress: nil, peerIdentity: nil, isSecure: false,
      executor: EventLoopExecutor(runtime.group.next()))
    return [
      BackgroundTask("cache-renewal") { await cache.run(inside) },
      BackgroundTask("catalog-changes") { try await feed.followCatalog(backends.catalog) },
      BackgroundTask("pricing-changes") { try await feed.followPricing(backends.pricing) },
    ]
  }

  /// Tells of a service that is away. The gateway is ready all the same: it serves what it can.
  private static func check(of service: String, _ runtime: ServiceRuntime) throws -> ReadinessCheck {
    let health = GrpcHealthV1.Health.Client(try runtime.channel(to: service.uppercased() + "_ADDRESS"))
    return ReadinessCheck(service, isRequired: false) {
      let answer = try await health.check(.init(), options: CallOptions(timeout: .seconds(1)))
      guard answer.status == .serving else {
        throw ServiceError(.unavailable, "\(service) says that it does not serve at the moment")
      }
    }
  }

  /// The whole public interface.
  package static func routes(
    _ backends: Backends, site: PageSite, readiness: Readiness, now: @escaping @Sendable () -> Int64 = wallClock
  ) -> [Route] {
    let sources = PageSources(backends: backends, site: site, now: now)
    let pages = Language.allCases.flatMap { PageRoutes(sources: sources, language: $0).routes }
    let routes =
      pages + FeedRoutes(sources: sources).routes + ProductRoutes(backends: backends).routes
      + PriceRoutes(backends: backends, now: now).routes
      + ChannelRoutes(backends: backends).routes + AlertRoutes(backends: backends).routes
      + AdminRoutes(backends: backends).routes
      + SiteRoutes(readiness: readiness).routes
    return routes + [SiteRoutes.openAPI(routes, version: ServiceDescription.version)]
  }

  /// What stands around every route, outermost first.
  package static func middlewares(
    _ tokens: AccessTokens, _ parts: GatewayParts, site: PageSite, logger: Logger
  ) -> [any Middleware] {
    [
      parts.metrics, AccessLog(logger: logger), SecurityHeaders(), CORS(parts.cors), ConditionalRequests(),
      ProblemWriter(site: site, logger: logger), Authentication(tokens), parts.limits, Admission(), InputChecks(),
      parts.cache,
    ]
  }

  /// Seconds since 1970.
  package static let wallClock: @Sendable () -> Int64 = { Int64(time(nil)) }
}
