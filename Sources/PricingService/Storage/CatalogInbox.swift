package import EventLog
internal import EventLogRPC
package import MeshMessages
package import MeshRPC
package import PostgresClient

/// Follows the catalogue: which listings there are, and how often they are checked.
package struct CatalogInbox: Sendable {
  private let database: PricingDatabase
  private let observations: ObservationStore
  private let defaults: SourceDefaults
  private let lag: CatalogLag

  package init(
    _ database: PricingDatabase, defaults: SourceDefaults = SourceDefaults(), lag: CatalogLag = CatalogLag()
  ) {
    self.database = database
    self.lag = lag
    self.defaults = defaults
    observations = ObservationStore(database)
  }

  /// The consumer of the catalogue's events.
  package func consumer(
    _ catalog: any RPCClient, configuration: EventConsumerConfiguration = EventConsumerConfiguration()
  ) throws -> EventConsumer<CatalogV1.CatalogEvent> {
    try EventConsumer(
      pool: database.pool, schema: database.schema, source: "catalog", configuration: configuration, client: catalog,
      method: CatalogV1.CatalogService.Methods.subscribe
    ) { events, transaction in
      try await apply(events, in: transaction)
      if let newest = events.last?.occurredAt.flatMap({ Moment($0) }) {
        lag.note(age: .milliseconds(Moment.now() - newest))
      }
    }
  }

  /// Applies events of the catalogue, in order, in the consumer's transaction.
  package func apply(
    _ events: [CatalogV1.CatalogEvent], now: Moment = .now(), in transaction: PostgresTransaction
  ) async throws {
    var batch = CatalogBatch(now: now)
    for event in events { batch.take(event) }
    try await upsert(Array(batch.listings.values), now: now, transaction)
    try await retitle(Array(batch.products.values), transaction)
    var removed = batch.removedListings
    for (product, at) in batch.removedProducts {
      // Index: listing_product.
      let ids = try await transaction.query(
        "SELECT id FROM listing WHERE product_id = $1 AND removed_at IS NULL", [product]
      ).scalars(Int64.self)
      for id in ids where batch.listings[id] == nil { removed[id] = at }
    }
    guard !removed.isEmpty else { return }
    try await remove(removed, now: now, transaction)
  }

  private func upsert(
    _ listings: [CatalogBatch.Listing], now: Moment, _ transaction: PostgresTransaction
  ) async throws {
    guard !listings.isEmpty else { return }
    let listings = listings.sorted { $0.id < $1.id }
    try await transaction.execute(
      """
      INSERT INTO listing (
        id, product_id, shop, external_id, url, currency, locale, source, product_title, category, created_at)
      SELECT * FROM unnest(
        $1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::timestamptz[])
      ON CONFLICT (id) DO UPDATE SET
        product_id = EXCLUDED.product_id, shop = EXCLUDED.shop, external_id = EXCLUDED.external_id,
        url = EXCLUDED.url, currency = EXCLUDED.currency, locale = EXCLUDED.locale, source = EXCLUDED.source,
        product_title = EXCLUDED.product_title, category = EXCLUDED.category, removed_at = NULL
      """,
      [
        listings.map(\.id), listings.map(\.productID), listings.map(\.shop), listings.map(\.externalID),
        listings.map(\.url), listings.map(\.currency), listings.map(\.locale), listings.map(\.source),
        listings.map(\.title), listings.map(\.category), listings.map { $0.createdAt.timestamp },
      ])
    let ids = listings.map(\.id)
    try await transaction.execute(
      "INSERT INTO listing_state (listing_id) SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING", [ids])
    try await transaction.execute(
      """
      UPDATE deal d SET product_id = l.product_id, shop = l.shop, category = l.category
      FROM listing l
      WHERE d.listing_id = ANY($1) AND l.id = d.listing_id
        AND (d.product_id, d.shop, d.category) IS DISTINCT FROM (l.product_id, l.shop, l.category)
      """, [ids])
    try await schedule(listings, now: now, transaction)
  }

  /// Listings that are looked at get a time, and their host a row; the others none.
  private func schedule(
    _ listings: [CatalogBatch.Listing], now: Moment, _ transaction: PostgresTransaction
  ) async throws {
    let watched = listings.filter(\.isWatched)
    let idle = listings.filter { !$0.isWatched }.map(\.id)
    if !idle.isEmpty {
      try await transaction.execute("DELETE FROM check_schedule WHERE listing_id = ANY($1)", [idle])
    }
    guard !watched.isEmpty else { return }
    let hosts = Set(watched.map(\.host)).sorted()
    try await transaction.execute(
      """
      INSERT INTO source (name, rate_millihertz, concurrency, daily_budget)
      SELECT name, $2, $3, $4 FROM unnest($1::text[]) AS name
      ON CONFLICT DO NOTHING
      """,
      [hosts, Int32(defaults.rateMillihertz), Int32(defaults.concurrency), Int32(defaults.dailyBudget)])
    let due = watched.map { CheckInterval.first(for: $0.priority, now: now, database.intervals).timestamp }
    try await transaction.execute(
      """
      INSERT INTO check_schedule (listing_id, job, source, priority, due_at, was_due_at)
      SELECT k.listing_id, k.job, k.source, k.priority, k.due_at, k.due_at
      FROM unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[], $5::timestamptz[])
        AS k (listing_id, job, source, priority, due_at)
      ON CONFLICT (listing_id) DO UPDATE SET
        job = EXCLUDED.job, source = EXCLUDED.source, priority = EXCLUDED.priority,
        due_at = CASE
          WHEN check_schedule.lease_owner IS NULL AND check_schedule.priority > EXCLUDED.priority
          THEN least(check_schedule.due_at, EXCLUDED.due_at) ELSE check_schedule.due_at END
      """,
      [
        watched.map(\.id), watched.map(\.job.rawValue), watched.map(\.host), watched.map(\.priority.rawValue), due,
      ])
  }

  /// A product's title and category changed, or whether it is checked.
  private func retitle(_ products: [CatalogBatch.Product], _ transaction: PostgresTransaction) async throws {
    guard !products.isEmpty else { return }
    try await transaction.execute(
      """
      UPDATE listing l SET product_title = k.title, category = k.category
      FROM unnest($1::bigint[], $2::text[], $3::text[]) AS k (product_id, title, category)
      WHERE l.product_id = k.product_id AND (l.product_title, l.category) IS DISTINCT FROM (k.title, k.category)
      """, [products.map(\.id), products.map(\.title), products.map(\.category)])
    try await transaction.execute(
      """
      UPDATE deal d SET category = k.category
      FROM unnest($1::bigint[], $2::text[]) AS k (product_id, category)
      WHERE d.product_id = k.product_id AND d.category <> k.category
      """, [products.map(\.id), products.map(\.category)])
    let retired = products.filter(\.isRetired).map(\.id)
    guard !retired.isEmpty else { return }
    try await transaction.execute(
      """
      DELETE FROM check_schedule c USING listing l
      WHERE l.product_id = ANY($1) AND c.listing_id = l.id
      """, [retired])
  }

  private func remove(_ removed: [Int64: Moment], now: Moment, _ transaction: PostgresTransaction) async throws {
    let ids = removed.keys.sorted()
    // States first: the write path locks them before it reads whether the listing is still there.
    try await observations.drop(removed, now: now, in: transaction)
    try await transaction.execute(
      """
      UPDATE listing l SET removed_at = k.removed_at
      FROM unnest($1::bigint[], $2::timestamptz[]) AS k (id, removed_at)
      WHERE l.id = k.id AND l.removed_at IS NULL
      """, [ids, ids.map { (removed[$0] ?? now).timestamp }])
    try await transaction.execute("DELETE FROM check_schedule WHERE listing_id = ANY($1)", [ids])
  }
}
