internal import EventLog
internal import EventLogRPC
internal import MeshMessages
internal import MeshRPC
internal import OutboundHTTP
package import ServiceKit

/// Products, listings, categories and search.
package enum CatalogService: MeshService {
  package static let description = ServiceDescription(
    name: CatalogStore.schema, summary: "keeps products, listings and categories, and finds them", port: 9101,
    opsPort: 9201, migrations: migrations,
    settings: [
      .pricingAddress, .eventConsumers,
      .string(
        "OUTBOUND_ALLOW",
        help: "Addresses that pages may have though they are not public, as pricing is told; none by default."),
    ])

  static let migrations = [
    EmbeddedFile("0001-catalog.sql", PackageResources._001_catalog_sql),
    EmbeddedFile("0002-event-log.sql", PackageResources._002_event_log_sql),
    EmbeddedFile("0003-scale.sql", PackageResources._003_scale_sql),
    EmbeddedFile("0004-newest-in-a-price-range.sql", PackageResources._004_newest_in_a_price_range_sql),
    EmbeddedFile("0005-search-slices.sql", PackageResources._005_search_slices_sql),
    EmbeddedFile("0006-one-index-of-words.sql", PackageResources._006_one_index_of_words_sql),
  ]

  package static func build(_ runtime: ServiceRuntime) async throws -> ServiceAssembly {
    let pool = try runtime.postgres()
    let store = CatalogStore(pool: pool)
    let pages: AddressPolicy
    do {
      pages = try AddressPolicy(allowing: runtime.settings.optionalString("OUTBOUND_ALLOW") ?? "")
    } catch {
      throw ServiceError(.configuration, "OUTBOUND_ALLOW: \(error.message)", cause: error)
    }
    let feed = try EventFeed(pool: pool, schema: CatalogStore.schema)
    let prices = try EventConsumer<PricingV1.PricingEvent>(
      pool: pool, schema: CatalogStore.schema, source: "pricing", client: try runtime.channel(to: "PRICING_ADDRESS"),
      method: PricingV1.PricingService.Methods.subscribe
    ) { events, transaction in
      try await store.apply(PriceFold.updates(events), in: transaction)
    }
    var tasks = [
      BackgroundTask("event-feed") { try await feed.run() },
      BackgroundTask("common-words") { try await store.followCommonWords() },
    ]
    if runtime.settings.bool("EVENT_CONSUMERS") {
      tasks.append(BackgroundTask("pricing-events") { try await prices.run() })
    }
    return ServiceAssembly(
      services: [CatalogHandler(store: store, feed: feed, pages: pages).definition],
      tasks: tasks)
  }
}
