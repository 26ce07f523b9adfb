internal import Glibc
internal import HTTPTransport
package import Logging
internal import MeshMessages
internal import MeshRPC
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
    let routes = routes(backends, readiness: runtime.readiness, logger: runtime.logger)
    let gateway = Gateway(
      router: Router(routes), middlewares: middlewares(tokens, logger: runtime.logger), logger: runtime.logger)
    let perPeer = settings.int("MAX_CONNECTIONS_PER_PEER")
    return ServiceAssembly(
      readiness: try ["catalog", "pricing", "notifier"].map { try check(of: $0, runtime) }, httpHandler: gateway,
      configureListener: { $0.maxConnectionsPerPeer = perPeer })
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
    _ backends: Backends, readiness: Readiness, logger: Logger, now: @escaping @Sendable () -> Int64 = wallClock
  ) -> [Route] {
    let routes =
      ProductRoutes(backends: backends).routes + PriceRoutes(backends: backends, now: now).routes
      + ChannelRoutes(backends: backends).routes + AlertRoutes(backends: backends).routes
      + AdminRoutes(backends: backends).routes
      + SiteRoutes(backends: backends, readiness: readiness, logger: logger).routes
    return routes + [SiteRoutes.openAPI(routes, version: ServiceDescription.version)]
  }

  /// What stands around every route, outermost first. Caching, rate limits and accounts will be further members.
  package static func middlewares(_ tokens: AccessTokens, logger: Logger) -> [any Middleware] {
    [
      HTTPMetrics(), AccessLog(logger: logger), SecurityHeaders(), ConditionalRequests(), ProblemWriter(logger: logger),
      Authentication(tokens), InputChecks(),
    ]
  }

  /// Seconds since 1970.
  package static let wallClock: @Sendable () -> Int64 = { Int64(time(nil)) }
}
