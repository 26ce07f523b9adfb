internal import EventLog
internal import EventLogRPC
internal import Logging
internal import MeshMessages
internal import MeshRPC
internal import PostgresClient
package import ServiceKit
internal import Telemetry

/// Observations of prices, their history, statistics and deals, and the scheduler that looks at shops.
package enum PricingService: MeshService {
  package static let description = ServiceDescription(
    name: "pricing", summary: "keeps prices, finds deals, and looks at shops", port: 9102, opsPort: 9202,
    migrations: [
      EmbeddedFile(
        "0001-listings-and-observations.sql", PackageResources._001_listings_and_observations_sql),
      EmbeddedFile("0002-deals.sql", PackageResources._002_deals_sql),
      EmbeddedFile("0003-scheduler.sql", PackageResources._003_scheduler_sql),
      EmbeddedFile("0004-event-log.sql", PackageResources._004_event_log_sql),
      EmbeddedFile("0005-deal-lists.sql", PackageResources._005_deal_lists_sql),
      EmbeddedFile("0006-listings-by-key.sql", PackageResources._006_listings_by_key_sql),
    ],
    settings: [
      .catalogAddress, .eventConsumers,
      .choice(
        "ROLE", of: ["api", "worker", "all"], default: "all",
        help: "What this process does: answer calls, look at shops, or both."),
      .integer(
        "REFERENCE_WINDOW_DAYS", default: 30, in: 10...365,
        help: "Days before a reduction whose lowest price is the reference."),
      .list(
        "REFERENCE_WINDOW_BY_CURRENCY",
        help: "Other windows by currency, such as TRY=10: what a market's law says."),
      .integer(
        "MIN_DISCOUNT_PERCENT", default: 10, in: 1...90, help: "How far below the reference a price opens a deal."),
    ] + schedule + Shops.settings)

  /// All processes of one schedule are to have the same.
  private static let schedule: [Setting] = [
    .duration(
      "HOT_INTERVAL", default: .seconds(300), in: .seconds(1)...(.seconds(86_400)),
      help: "About how long between two checks of a listing of class hot."),
    .duration(
      "NORMAL_INTERVAL", default: .seconds(3600), in: .seconds(1)...(.seconds(7 * 86_400)),
      help: "The same for class normal."),
    .duration(
      "COLD_INTERVAL", default: .seconds(86_400), in: .seconds(1)...(.seconds(30 * 86_400)),
      help: "The same for class cold."),
    .duration(
      "CHECK_TIMEOUT", default: .seconds(40), in: .seconds(1)...(.seconds(600)),
      help: "How long a check may take. What a worker that was lost had taken is due again after two and a quarter\n"
        + "times as long."),
    .integer("CHECK_CONCURRENCY", default: 32, in: 1...1000, help: "Checks of listings at the same time."),
    .integer(
      "SOURCE_RATE_MILLIHERTZ", default: 1000, in: 1...1_000_000,
      help: "Requests per second to a new source, in thousandths."),
    .integer("SOURCE_CONCURRENCY", default: 2, in: 1...1000, help: "Requests to a new source at the same time."),
    .integer(
      "SOURCE_DAILY_BUDGET", default: 0, in: 0...1_000_000_000,
      help: "Requests to a new source in a day; 0 is without limit."),
    .integer("RUN_RETENTION_DAYS", default: 7, in: 1...365, help: "How long the log of checks is kept."),
  ]

  package static func build(_ runtime: ServiceRuntime) async throws -> ServiceAssembly {
    let settings = runtime.settings
    let intervals = CheckIntervals(
      hot: settings.duration("HOT_INTERVAL").milliseconds, normal: settings.duration("NORMAL_INTERVAL").milliseconds,
      cold: settings.duration("COLD_INTERVAL").milliseconds)
    let database = PricingDatabase(
      pool: try runtime.postgres(), rulebook: try rulebook(settings), intervals: intervals)
    let role = settings.string("ROLE")
    let keeper = Housekeeping(database, retentionDays: settings.int("RUN_RETENTION_DAYS"), logger: runtime.logger)
    // Before the first call and the first check: they need their partitions.
    try await keeper.makePartitions()
    var tasks = [BackgroundTask("housekeeping") { try await keeper.run() }]
    var services: [ServiceDefinition] = []
    if role != "worker" {
      var configuration = EventFeedConfiguration()
      configuration.logger = runtime.logger
      let feed = try EventFeed(pool: database.pool, schema: database.schema, configuration: configuration)
      let lag = CatalogLag()
      let inbox = CatalogInbox(database, defaults: defaults(settings), lag: lag)
      let consumer = try inbox.consumer(try runtime.channel(to: "CATALOG_ADDRESS"))
      tasks.append(BackgroundTask("event-feed") { try await feed.run() })
      if settings.bool("EVENT_CONSUMERS") {
        tasks.append(BackgroundTask("catalog-events") { try await consumer.run() })
      }
      services = [
        PricingHandler(database, feed: feed).definition,
        PricingV1.SchedulerService.definition(SchedulerHandler(database, catalogLag: { lag.current })),
      ]
    }
    var close: @Sendable () async -> Void = {}
    if role != "api" {
      let concurrency = settings.int("CHECK_CONCURRENCY")
      let shops = try Shops(settings, concurrency: concurrency, group: runtime.group, logger: runtime.logger)
      close = { await shops.close() }
      var configuration = CheckWorker.Configuration()
      configuration.concurrency = concurrency
      configuration.checkTimeout = settings.duration("CHECK_TIMEOUT")
      configuration.lease = configuration.checkTimeout * 9 / 4
      let id = "worker-" + String(UInt64.random(in: .min ... .max), radix: 36)
      let worker = CheckWorker(
        database, sources: shops.sources, id: id, configuration: configuration, logger: runtime.logger,
        tracer: runtime.telemetry.tracer)
      tasks.append(BackgroundTask("check-worker") { try await worker.run() })
    }
    return ServiceAssembly(
      services: services, tasks: tasks, errorMapper: { PricingErrors.status(for: $0) }, close: close)
  }

  private static func defaults(_ settings: Settings) -> SourceDefaults {
    var defaults = SourceDefaults()
    defaults.rateMillihertz = settings.int("SOURCE_RATE_MILLIHERTZ")
    defaults.concurrency = settings.int("SOURCE_CONCURRENCY")
    defaults.dailyBudget = settings.int("SOURCE_DAILY_BUDGET")
    return defaults
  }

  private static func rulebook(_ settings: Settings) throws -> DealRulebook {
    let general = DealRules(
      windowDays: settings.int("REFERENCE_WINDOW_DAYS"),
      minimumDiscount: Int64(settings.int("MIN_DISCOUNT_PERCENT")) * 100)
    var rulebook = DealRulebook(general: general)
    for entry in settings.list("REFERENCE_WINDOW_BY_CURRENCY") {
      let parts = entry.split(separator: "=")
      guard parts.count == 2, let currency = Currency(String(parts[0])), let days = Int(parts[1]),
        (10...365).contains(days)
      else {
        throw SettingsError(
          .configuration, "REFERENCE_WINDOW_BY_CURRENCY: expected entries such as TRY=10, of 10 to 365 days")
      }
      var rules = general
      rules.windowDays = days
      rulebook.byCurrency[currency.code] = rules
    }
    return rulebook
  }
}
