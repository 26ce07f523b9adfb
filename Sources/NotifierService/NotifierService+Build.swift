internal import MeshMessages
internal import MeshRPC
internal import OutboundHTTP
internal import PostgresClient
package import ServiceKit

/// Alerts, and the messages that they make.
package enum NotifierService: MeshService {
  package static let description = ServiceDescription(
    name: "notifier", summary: "tells people of prices by their rules", port: 9103, opsPort: 9203,
    migrations: [
      EmbeddedFile("0001-event-inbox.sql", PackageResources._001_event_inbox_sql),
      EmbeddedFile("0002-notifier.sql", PackageResources._002_notifier_sql),
      EmbeddedFile("0003-upkeep.sql", PackageResources._003_upkeep_sql),
      EmbeddedFile("0004-mail.sql", PackageResources._004_mail_sql),
    ],
    settings: NotifierSettings.declared)

  package static func build(_ runtime: ServiceRuntime) async throws -> ServiceAssembly {
    let settings = NotifierSettings(runtime.settings)
    let pool = try runtime.postgres()
    let parts = try NotifierParts(settings, runtime, pool)
    let zones = ZoneDatabase()
    let lag = LagMeter()
    let channels = ChannelStore(pool: pool)
    let alerts = AlertStore(pool: pool)
    let prices = PricingLookup(client: PricingV1.PricingService.Client(try runtime.channel(to: "PRICING_ADDRESS")))
    let handler = NotifierHandler(
      channels: channels, alerts: alerts, deliveries: parts.deliveries, mapping: AlertMapping(zones: zones),
      secrets: parts.secrets, prices: prices, addresses: OutboundAddressChecker(policy: parts.policy),
      kinds: Set(parts.workers.map(\.kind)), limits: settings.limits, lag: lag, logger: runtime.logger)
    let follower = PricingFollower(
      pool: pool, client: prices.client,
      matcher: AlertMatcher(zones: zones, publicAddress: settings.publicURL, metrics: NotifierMetrics()), lag: lag,
      logger: runtime.logger)
    return ServiceAssembly(
      services: [NotifierV1.NotifierService.definition(handler)],
      tasks: tasks(parts, follower, settings, pool, runtime) + (try bot(parts, settings, prices, pool, runtime)),
      errorMapper: { NotifierErrors.rpcError($0) },
      close: { await parts.shutdown() })
  }

  private static func tasks(
    _ parts: NotifierParts, _ follower: PricingFollower, _ settings: NotifierSettings, _ pool: PostgresPool,
    _ runtime: ServiceRuntime
  ) -> [BackgroundTask] {
    let digests = DigestTask(store: DigestStore(pool: pool), logger: runtime.logger)
    let upkeep = Upkeep(pool: pool, retention: settings.retention)
    let figures = DeliveryFigures(pool: pool)
    let notifications = WorkNotifications(pool: pool, workers: parts.workers)
    var tasks = parts.workers.map { worker in
      BackgroundTask("send-\(worker.kind.name)") { try await worker.run() }
    }
    tasks += [
      BackgroundTask("follow-pricing") { try await follower.run() },
      BackgroundTask("listen-for-work") { try await notifications.run() },
      BackgroundTask("make-digests") { try await digests.run() },
      BackgroundTask("measure-deliveries") { try await figures.run() },
      BackgroundTask("upkeep") {
        while true {
          try await upkeep.run()
          try await Task.sleep(for: .seconds(Int.random(in: 1800...5400)))
        }
      },
    ]
    return tasks
  }
}

extension NotifierService {
  private static func bot(
    _ parts: NotifierParts, _ settings: NotifierSettings, _ prices: PricingLookup, _ pool: PostgresPool,
    _ runtime: ServiceRuntime
  ) throws -> [BackgroundTask] {
    let shops: ShopDirectory
    do {
      shops = try ShopDirectory(settings.shops)
    } catch {
      throw ServiceError(
        .configuration, "TRACK_SHOPS: \"\(error.line)\" is not HOST=SHOP,CURRENCY,PATH with {id} in PATH", cause: error)
    }
    guard let telegram = parts.telegram, settings.answersBot else { return [] }
    let store = BotStore(pool: pool, channels: ChannelStore(pool: pool))
    let answers = BotAnswers(
      store: store, alerts: AlertStore(pool: pool), secrets: parts.secrets, shops: shops, pages: OutboundPageReader(),
      catalog: CatalogLookup(client: CatalogV1.CatalogService.Client(try runtime.channel(to: "CATALOG_ADDRESS"))),
      prices: prices, deals: prices.client, limits: settings.limits, logger: runtime.logger)
    let bot = TelegramBot(pool: pool, api: telegram, store: store, answers: answers, logger: runtime.logger)
    return [BackgroundTask("answer-bot") { try await bot.run() }]
  }
}
