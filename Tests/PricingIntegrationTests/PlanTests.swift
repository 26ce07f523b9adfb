import MeshMessages
import PostgresClient
import TestSupport
import Testing

@testable import PricingService

@Suite("Plans of pricing's statements")
struct PlanTests {
  private static let listings: Int64 = 10_000
  private static let largeTables = ["listing", "listing_state", "observation", "deal", "check_schedule", "run"]

  private static func isLarge(_ name: String) -> Bool {
    largeTables.contains { name == $0 || name.hasPrefix($0 + "_2") || name == $0 + "_default" }
  }

  /// Whatever the values are, and for these values: a prepared statement may come to use either.
  @Test("No statement reads a whole large table, and no read more rows than it needs", .timeLimit(.minutes(2)))
  func indexBound() async throws {
    let server = try await PrivatePostgres.start(settings: PlanLog.settings)
    try await Fixture.with(server, schema: "pricing") { try await Self.fill($0) }
    for (round, mode) in ["force_custom_plan", "force_generic_plan"].enumerated() {
      let options = "-c plan_cache_mode=\(mode)"
      var log = PlanLog(server)
      try await Fixture.with(server, schema: "pricing", options: options) { try await Self.read($0) }
      let reads = log.plans()
      #expect(reads.count > 50)
      for plan in reads {
        #expect(!plan.sequentialScans(over: 500).contains(where: Self.isLarge), "\(mode): \(plan)")
        #expect(plan.mostRowsRead <= 1500, "\(mode): \(plan)")
      }
      try await Fixture.with(server, schema: "pricing", options: options) { try await Self.write($0, round) }
      let writes = log.plans()
      #expect(writes.count > 50)
      for plan in writes { #expect(!plan.sequentialScans(over: 500).contains(where: Self.isLarge), "\(mode): \(plan)") }
    }
    try await server.tearDown()
  }

  /// Four observations of each listing and a deal of every other: a thousandth of them in a category of their own.
  private static func fill(_ fixture: Fixture) async throws {
    try await Housekeeping(fixture.database).makePartitions()
    let now = Moment.now()
    let known = now.daysBefore(400)
    try await fixture.add(1...listings, product: { $0 / 2 }, source: "page", host: { "s\($0 % 20).example" }, at: known)
    try await fixture.pool.execute(
      "UPDATE listing SET category = 'rare/one', shop = 'small' WHERE id % 1000 = 7")
    try await fixture.pool.execute("UPDATE source SET rate_millihertz = 1000000, concurrency = 1000")
    for start in stride(from: 1, through: listings, by: 2500) {
      let batch = (start..<start + 2500).flatMap { id in
        [
          arrival(id, now.daysBefore(80), 1000), arrival(id, now.daysBefore(40), 1100 + id % 50),
          arrival(id, now.daysBefore(3), id % 2 == 1 ? 700 + id % 200 : 1200), arrival(id, now.daysBefore(2), nil),
        ].prefix(id % 10 == 1 ? 4 : 3)
      }
      _ = try await fixture.store.record(batch, source: "test", now: now)
    }
    try await fixture.pool.execute(
      """
      INSERT INTO run (job, listing_id, source, worker, started_at, duration_us, outcome)
      SELECT 'price-check', 1 + n % 10000, 'shop', 'w', now() - n * interval '1 second', 5, 1 + n % 2
      FROM generate_series(1, 20000) n
      """)
    try await fixture.pool.execute("ANALYZE")
  }

  private static func read(_ fixture: Fixture) async throws {
    let deals = DealReader(pool: fixture.pool)
    for order in [DealQuery.Order.score, .discount, .newest] {
      for narrow in [
        { _ in }, { $0.category = "electronics" }, { $0.category = "rare" }, { $0.category = "rare/one" },
        { $0.shop = "small" }, { $0.shop = "shop" }, { $0.minimumDiscount = 2000 }, { $0.verdict = .genuine },
        { $0.productID = 17 }, { $0.listingID = 35 },
      ] as [(inout DealQuery) -> Void] {
        var query = DealQuery()
        query.order = order
        narrow(&query)
        for place in [nil, DealReader.Place(value: order == .newest ? Moment.now().milliseconds : 2500, id: 4000)] {
          _ = try await deals.list(query, after: place, limit: 21)
        }
      }
    }
    _ = try await deals.deal(17)
    let reader = ListingReader(pool: fixture.pool)
    let snapshots = try await reader.snapshots(listings: [5, 6], products: [17, 18])
    _ = try await HistoryReader.changes(of: [5, 6], until: Moment.now()) { try await fixture.pool.read($0, $1) }
    for snapshot in snapshots {
      _ = try await reader.storedChanges(
        of: snapshot, from: Moment.now().daysBefore(50), to: Moment.now(), limit: 100)
    }
    let admin = SchedulerAdmin(pool: fixture.pool)
    _ = try await admin.workers(now: Moment.now())
    _ = try await admin.sources(now: Moment.now())
    _ = try await admin.overdue(limit: 50, now: Moment.now())
    let runs = RunReader(pool: fixture.pool)
    for (job, listing) in [(nil, nil), ("price-check", nil), (nil, 77)] as [(String?, Int64?)] {
      _ = try await runs.list(job: job, listing: listing, outcome: nil, before: nil, limit: 20)
      _ = try await runs.list(job: job, listing: listing, outcome: 1, before: (Moment.now(), 5000), limit: 20)
    }
  }

  /// - Parameter round: makes what is written in each another.
  private static func write(_ fixture: Fixture, _ round: Int) async throws {
    let now = Moment.now()
    let first = Int64(100 + round * 3000)
    // New, late, repeated and refused ones, by id and by key.
    _ = try await fixture.store.record((first..<first + 40).map { arrival($0, now, 650) }, source: "test", now: now)
    _ = try await fixture.store.record(
      (first..<first + 40).map { arrival($0, now.daysBefore(60), 990) }, source: "test", now: now)
    var keyed = (first..<first + 40).map { arrival($0, now, $0 % 2 == 0 ? 650 : 0) }
    for index in keyed.indices { keyed[index].target = .key(shop: "shop", externalID: "item-\(first + Int64(index))") }
    _ = try await fixture.store.record(keyed, source: "test", now: now)
    _ = try await fixture.store.sweep(now: now.daysAfter(3), limit: 20)
    // The scheduler's statements.
    let schedule = ScheduleStore(pool: fixture.pool)
    try await schedule.beat("w", now: now)
    let claims = try await schedule.claim(20, worker: "w", lease: 60_000, now: now)
    #expect(claims.count == 20)
    var results = claims.dropFirst(5).map { CheckResult(claim: $0, startedAt: now, duration: 5, outcome: .succeeded) }
    for index in results.indices {
      results[index].observation = SourceObservation(price: 640, currency: "USD", availability: .inStock)
    }
    try await CheckResultStore(fixture.database).keep(results, worker: "w", now: now)
    try await schedule.release(claims.prefix(5).map(\.listing.listingID), worker: "w")
    _ = try await schedule.checkNow(first, now: now)
    try await schedule.leave("w")
    // What the catalogue tells.
    try await fixture.add(first..<first + 20, product: { $0 / 2 }, at: now)
    var product = CatalogV1.Product(id: (first + 100) / 2, title: "Other \(round)", category: "home/\(round)")
    product.status = .retired
    let removed = CatalogV1.ListingRemoved(listingId: first + 201, productId: (first + 201) / 2)
    try await fixture.pool.withTransaction { transaction in
      try await CatalogInbox(fixture.database).apply(
        [
          Fixture.event(.productChanged(product)), Fixture.event(.listingRemoved(removed)),
          Fixture.event(.productRemoved((first + 300) / 2)),
        ], in: transaction)
    }
  }
}
