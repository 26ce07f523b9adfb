internal import Glibc
internal import HTTPTransport
package import Logging
internal import MeshMessages
internal import MeshRPC
internal import NIOCore
internal import NIOPosix
package import ServiceKit
package import Telemetry

extension EdgeGateway {
  package static func build(_ runtime: ServiceRuntime) async throws -> ServiceAssembly {
    let settings = runtime.settings
    let backends = Backends(
      catalog: try runtime.channel(to: "CATALOG_ADDRESS"), pricing: try runtime.channel(to: "PRICING_ADDRESS"),
      notifier: try runtime.channel(to: "NOTIFIER_ADDRESS"), readTimeout: settings.duration("READ_TIMEOUT"),
      writeTimeout: settings.duration("WRITE_TIMEOUT"))
    let tokens = try AccessTokens(
      subscribers: settings.list("ACCESS_TOKENS"), admin: settings.optionalSecret("ADMIN_TOKEN"))
    let own = try AccountSettings(settings)
    let hasher = try PasswordHasher(own.hashCost, atOnce: own.hashesAtOnce)
    let accounts = AccountParts(
      pool: try runtime.postgres(), hasher: hasher, secrets: own.secrets, cookie: own.cookie, publicURL: own.publicURL,
      lifetimes: own.lifetimes)
    let analytics = Analytics(
      pool: accounts.pool, settings: AnalyticsSettings(settings), logger: runtime.logger)
    let site = try PageSite(settings)
    let parts = try GatewayParts(settings, redis: runtime.optionalRedis, logger: runtime.logger)
    let live = LiveHub(
      LiveConfiguration(settings), group: runtime.group, pricing: backends.pricing, logger: runtime.logger)
    let routes = routes(
      backends, accounts, parts, live, site: site, tags: try AffiliateTags(settings.list("AFFILIATE_TAGS")),
      analytics: analytics, readiness: runtime.readiness)
    let gateway = Gateway(
      router: Router(routes),
      middlewares: middlewares(
        tokens, accounts, parts, site: site, logger: runtime.logger, reporter: runtime.telemetry.reporter),
      parts: parts, logger: runtime.logger, tracer: runtime.telemetry.tracer)
    let perPeer = settings.int("MAX_CONNECTIONS_PER_PEER")
    let bodyTime = settings.duration("BODY_TIMEOUT")
    var assembly = ServiceAssembly(
      services: PublicMethods.services(backends),
      tasks: tasks(parts, live, backends, runtime) + tasks(accounts, own, backends, runtime) + analytics.tasks,
      readiness: try ["catalog", "pricing", "notifier"].map { try check(of: $0, runtime) }, httpHandler: gateway,
      configureListener: { listener in
        listener.maxConnectionsPerPeer = perPeer
        listener.timeouts.bodyTotal = .seconds(bodyTime.components.seconds)
      }, drain: { live.drain() },
      close: {
        await analytics.close()
        await hasher.shutdown()
      })
    assembly.interceptors = [PublicCallLimits(parts, live: live, credentials: accounts.identity.cache)]
    assembly.configureRPC = { $0.maxRequestBytes = min($0.maxRequestBytes, PublicMethods.maximumRequestBytes) }
    let paths = (PublicMethods.catalog + PublicMethods.pricing).map(\.path)
    assembly.wrapHandler = { GRPCWebHandler($0, paths: paths, clients: parts.clients, cors: parts.cors) }
    return assembly
  }

  /// What keeps the cache right and live clients informed.
  private static func tasks(
    _ parts: GatewayParts, _ live: LiveHub, _ backends: Backends, _ runtime: ServiceRuntime
  ) -> [BackgroundTask] {
    let cache = parts.cache
    let feed = ChangeFeed(cache: cache, live: live, logger: runtime.logger)
    let inside = HTTPConnectionInfo(
      version: .http2, remoteAddress: nil, localAddress: nil, peerIdentity: nil, isSecure: false,
      executor: EventLoopExecutor(runtime.group.next()))
    return [
      BackgroundTask("cache-renewal") { await cache.run(inside) },
      BackgroundTask("cache-flushes") { try await parts.flushes.run() },
      BackgroundTask("live-history") { await live.run() },
      BackgroundTask("trends") { try await parts.trends.run(backends, now: wallClock) },
      BackgroundTask("catalog-changes") { try await feed.followCatalog(backends.catalog) },
      BackgroundTask("pricing-changes") { try await feed.followPricing(backends.pricing) },
    ]
  }

  /// What goes on with accounts beside the requests.
  private static func tasks(
    _ accounts: AccountParts, _ settings: AccountSettings, _ backends: Backends, _ runtime: ServiceRuntime
  ) -> [BackgroundTask] {
    let courier = MailCourier(
      outbox: accounts.outbox, notifier: backends.notifier, publicURL: settings.publicURL,
      timeout: backends.writeTimeout, logger: runtime.logger)
    let removal = AccountRemoval(
      store: RemovalStore(pool: accounts.pool), notifier: backends.notifier, timeout: backends.writeTimeout,
      logger: runtime.logger)
    let housekeeping = Housekeeping(pool: accounts.pool, lifetimes: settings.lifetimes)
    return [
      BackgroundTask("imports") { await accounts.imports.run(backends, logger: runtime.logger) },
      BackgroundTask("hand-over-mails") { try await courier.run(accounts.mailSignal) },
      BackgroundTask("remove-accounts") { try await removal.run(accounts.removalSignal) },
      BackgroundTask("housekeeping") {
        while true {
          try await housekeeping.run()
          try await Task.sleep(for: .seconds(Int.random(in: 600...1800)))
        }
      },
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
    _ backends: Backends, _ accounts: AccountParts, _ parts: GatewayParts, _ live: LiveHub, site: PageSite,
    tags: AffiliateTags, analytics: Analytics, readiness: Readiness, now: @escaping @Sendable () -> Int64 = wallClock
  ) -> [Route] {
    let operations = Operations(
      backends: backends, accounts: accounts, readiness: readiness, flushes: parts.flushes,
      trends: parts.trends, imports: accounts.imports)
    let sources = PageSources(backends: backends, site: site, now: now)
    let own = OwnAccount(parts: accounts, backends: backends)
    let pages = Language.allCases.flatMap { language in
      let personal = PersonalPages(site: site, language: language, identity: accounts.identity)
      return PageRoutes(sources: sources, language: language).routes + SignInPages(own: own, pages: personal).routes
        + AccountPages(own: own, pages: personal).routes + AlertPages(sources: sources, pages: personal).routes
        + ChannelPages(own: own, pages: personal).routes + KeyPages(own: own, pages: personal).routes
        + OperatorPages(operations: operations, pages: personal).routes
    }
    let routes =
      pages + FeedRoutes(sources: sources).routes
      + ProductRoutes(backends: backends).routes + PriceRoutes(backends: backends, now: now).routes
      + LiveRoutes(hub: live, cors: parts.cors, internalKey: parts.limits.internalKey).routes
      + ChannelRoutes(backends: backends).routes + AlertRoutes(backends: backends).routes
      + AccountRoutes(own: own).routes + SessionRoutes(own: own).routes + KeyRoutes(own: own).routes
      + AdminRoutes(operations: operations).routes
      + AdminReportRoutes(analytics: analytics).routes
      + AdminAccountRoutes(operations: operations).routes + AdminKeyRoutes(operations: operations).routes
      + UnsubscribeRoutes(backends: backends).routes
      + AffiliateRoutes(backends: backends, tags: tags, analytics: analytics).routes
      + EventRoutes(analytics: analytics).routes
      + SiteRoutes(readiness: readiness).routes
    return routes + SiteRoutes.descriptions(of: routes, version: ServiceDescription.version)
  }

  /// What stands around every route, outermost first.
  package static func middlewares(
    _ tokens: AccessTokens, _ accounts: AccountParts, _ parts: GatewayParts, site: PageSite, logger: Logger,
    reporter: ErrorReporter? = nil
  ) -> [any Middleware] {
    [
      parts.metrics, AccessLog(logger: logger), SecurityHeaders(), CORS(parts.cors), ConditionalRequests(),
      ProblemWriter(site: site, logger: logger, reporter: reporter),
      Authentication(tokens, parts.internalKey, accounts.identity), PageAudience(accounts.identity), parts.limits,
      Admission(), CrossSiteChecks(accounts.identity), AuditTrail(accounts.auditLog, logger: logger),
      InputChecks(),
      parts.cache,
    ]
  }

  /// Seconds since 1970.
  package static let wallClock: @Sendable () -> Int64 = { Int64(time(nil)) }
}
