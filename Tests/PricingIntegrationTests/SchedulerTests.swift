import MeshMessages
import PostgresClient
import Synchronization
import TestSupport
import Testing

@testable import PricingService

/// A market that always answers, and remembers who asked when.
private final class FakeMarket: PriceSource {
  let asked = Mutex<[Int64: [Moment]]>([:])
  let total = Atomic(0)
  let clock: @Sendable () -> Moment
  let answer: @Sendable (SourceListing) throws -> SourceOutcome

  init(
    clock: @escaping @Sendable () -> Moment,
    answer: @escaping @Sendable (SourceListing) throws -> SourceOutcome = { listing in
      .observed(
        SourceObservation(price: 1000 + listing.listingID, currency: "USD", availability: .inStock),
        validators: Validators(etag: "\"1\""))
    }
  ) {
    self.clock = clock
    self.answer = answer
  }

  func observe(_ listing: SourceListing) async throws -> SourceOutcome {
    let now = clock()
    asked.withLock { $0[listing.listingID, default: []].append(now) }
    total.wrappingAdd(1, ordering: .relaxed)
    return try answer(listing)
  }
}

@Suite("The scheduler and its workers")
struct SchedulerTests {
  /// Everything is due, and sources allow much.
  private func prepare(
    _ fixture: Fixture, _ count: Int64, priority: CommonV1.PriorityClass = .normal, concurrency: Int32 = 1000
  ) async throws {
    try await fixture.add(
      1...count, source: "page", host: { "shop-\($0 % 20).example" }, priority: priority, at: Moment.now() + (-120_000))
    try await fixture.pool.execute(
      "UPDATE source SET rate_millihertz = 1000000, concurrency = $1", [concurrency])
    try await Housekeeping(fixture.database).makePartitions()
  }

  private func worker(_ fixture: Fixture, _ market: FakeMarket, _ id: String, concurrency: Int = 400) -> CheckWorker {
    var configuration = CheckWorker.Configuration()
    configuration.concurrency = concurrency
    configuration.pollInterval = .milliseconds(50)
    return CheckWorker(fixture.database, sources: ["page": market], id: id, configuration: configuration)
  }

  @Test("Three workers check 20,000 listings, none twice in its interval, and take over from one that was killed")
  func shared() async throws {
    try await Fixture.with { fixture in
      try await prepare(fixture, 20_000)
      // A worker that takes work and is never heard of again.
      let schedule = ScheduleStore(pool: fixture.pool)
      let lost = try await schedule.claim(300, worker: "killed", lease: 2000, now: Moment.now())
      #expect(lost.count == 300)
      let market = FakeMarket(clock: { Moment.now() })
      try await withThrowingTaskGroup(of: Void.self) { group in
        for name in ["a", "b", "c"] {
          let worker = worker(fixture, market, name)
          group.addTask {
            do { try await worker.run() } catch is CancellationError {}
          }
        }
        try await waitUntil("all listings to be checked", within: .seconds(120)) {
          try await fixture.pool.read("SELECT count(*) FROM check_schedule WHERE checked_at IS NULL", from: .primary)
            .scalar(Int.self) == 0
        }
        group.cancelAll()
        try await group.waitForAll()
      }
      let asked = market.asked.withLock { $0 }
      #expect(asked.count == 20_000)
      #expect(asked.values.allSatisfy { $0.count == 1 })
      let runs = try await fixture.pool.read(
        "SELECT worker, count(*) FROM run GROUP BY worker ORDER BY worker"
      ).decode((String, Int).self)
      #expect(runs.map(\.0) == ["a", "b", "c"] && runs.map(\.1).reduce(0, +) == 20_000)
      #expect(runs.allSatisfy { $0.1 > 500 })
      // The next time of each lies in its class's interval, and nobody holds anything.
      let (soonest, leased) = try #require(
        try await fixture.pool.read(
          """
          SELECT min(extract(epoch FROM due_at - checked_at))::bigint, count(lease_owner) FROM check_schedule
          """
        ).decode((Int64, Int).self).first)
      #expect(soonest * 1000 >= CheckInterval.shortest(.normal) && leased == 0)
      #expect(try await fixture.pool.read("SELECT count(*) FROM observation").scalar(Int.self) == 20_000)
    }
  }

  @Test("Under more work than can be done, hot listings come first and cold ones come in the end")
  func fairness() async throws {
    try await Fixture.with { fixture in
      let now = Moment.now()
      try await fixture.add(1...100, source: "page", priority: .hot, at: now + (-60_000))
      try await fixture.add(101...110, source: "page", priority: .cold, at: now.daysBefore(2))
      try await fixture.add(111...200, source: "page", priority: .cold, at: now + (-60_000))
      try await fixture.pool.execute("UPDATE source SET rate_millihertz = 1000000, concurrency = 1000")
      let schedule = ScheduleStore(pool: fixture.pool)
      let first = try await schedule.claim(50, worker: "w", lease: 60_000, now: now)
      // Cold ones that are late by more than their interval, and hot ones.
      #expect(first.count == 50)
      #expect(first.count { $0.priority == .cold } == 10)
      #expect(first.filter { $0.priority == .cold }.allSatisfy { $0.listing.listingID <= 110 })
    }
  }

  @Test("Overdue listings are told, those due longest first, and no more of them than are wanted")
  func overdue() async throws {
    try await Fixture.with { fixture in
      let now = Moment.now()
      try await fixture.add(1...6, source: "page", priority: .hot, at: now)
      try await fixture.add(7...8, source: "page", priority: .cold, at: now)
      try await fixture.pool.execute(
        """
        UPDATE check_schedule SET job = 'price-check', failures = 2, due_at = $1::timestamptz + listing_id * interval '1 s'
          - CASE WHEN listing_id <= 3 THEN interval '1 min' WHEN listing_id <= 6 THEN interval '10 min'
            ELSE interval '3 days' END
        """, [now.timestamp])
      let admin = SchedulerAdmin(pool: fixture.pool)
      let found = try await admin.overdue(limit: 50, now: now)
      #expect(found.map(\.listing) == [7, 8, 4, 5, 6])
      #expect(found.first?.job == "price-check" && found.first?.failures == 2 && found.first?.checkedAt == nil)
      #expect(try await admin.overdue(job: "price-check", limit: 2, now: now).map(\.listing) == [7, 8])
      #expect(try await admin.overdue(job: "product-fetch", limit: 50, now: now).isEmpty)
    }
  }

  @Test("A source's rate, concurrency and daily budget are shared by all workers")
  func budgets() async throws {
    try await Fixture.with { fixture in
      let now = Moment.now()
      try await fixture.add(1...100, source: "page", at: now + (-120_000))
      try await fixture.pool.execute("UPDATE source SET rate_millihertz = 10000, concurrency = 6, daily_budget = 9")
      let schedule = ScheduleStore(pool: fixture.pool)
      #expect(try await schedule.claim(50, worker: "a", lease: 60_000, now: now).count == 6)
      #expect(try await schedule.claim(50, worker: "b", lease: 60_000, now: now + 2000).isEmpty)
      try await fixture.pool.execute("UPDATE source SET concurrency = 100")
      #expect(try await schedule.claim(50, worker: "b", lease: 60_000, now: now + 2000).count == 3)
      #expect(try await schedule.claim(50, worker: "b", lease: 60_000, now: now + 9000).isEmpty)
      // The next day there is a new budget; the leases have run out by then.
      #expect(try await schedule.claim(50, worker: "b", lease: 60_000, now: now.daysAfter(1)).count == 9)
    }
  }

  @Test("A paused job begins no new work, and goes on when it is resumed")
  func pause() async throws {
    try await Fixture.with { fixture in
      try await prepare(fixture, 2000, concurrency: 1)
      let market = FakeMarket(clock: { Moment.now() })
      let admin = SchedulerAdmin(pool: fixture.pool)
      try await withThrowingTaskGroup(of: Void.self) { group in
        let worker = worker(fixture, market, "a", concurrency: 4)
        group.addTask {
          do { try await worker.run() } catch is CancellationError {}
        }
        try await waitUntil("the first checks") { market.total.load(ordering: .relaxed) > 20 }
        #expect(try await admin.setPaused(true, job: "price-check", now: Moment.now()))
        // What was taken before ends.
        try await waitUntil("the work under way to end") {
          try await admin.jobs("price-check", now: Moment.now()).first?.leased == 0
        }
        let before = market.total.load(ordering: .relaxed)
        try await Task.sleep(for: .milliseconds(400))
        #expect(market.total.load(ordering: .relaxed) == before)
        #expect(try await admin.jobs("price-check", now: Moment.now()).first?.pausedAt != nil)
        _ = try await admin.setPaused(false, job: nil, now: Moment.now())
        try await waitUntil("work to go on") { market.total.load(ordering: .relaxed) > before + 20 }
        group.cancelAll()
        try await group.waitForAll()
      }
    }
  }

  @Test("Failures back off, a refusal blocks the source, and a listing that is gone is out of stock")
  func outcomes() async throws {
    try await Fixture.with { fixture in
      try await prepare(fixture, 4)
      let market = FakeMarket(clock: { Moment.now() }) { listing in
        switch listing.listingID {
        case 1: throw SourceError(.refused(retryAfter: .seconds(600)), "429")
        case 2: throw SourceError(.unreadable, "no price on the page")
        case 3: return .gone
        default: return .notModified
        }
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        let worker = worker(fixture, market, "a")
        group.addTask {
          do { try await worker.run() } catch is CancellationError {}
        }
        try await waitUntil("four runs") {
          try await fixture.pool.read("SELECT count(*) FROM run").scalar(Int.self) == 4
        }
        group.cancelAll()
        try await group.waitForAll()
      }
      let outcomes = try await fixture.pool.read("SELECT outcome FROM run ORDER BY listing_id").scalars(Int16.self)
      #expect(outcomes == [3, 4, 6, 7])
      let failures = try await fixture.pool.read("SELECT failures FROM check_schedule ORDER BY listing_id")
        .scalars(Int16.self)
      #expect(failures == [1, 1, 0, 0])
      let sources = try await SchedulerAdmin(pool: fixture.pool).sources(now: Moment.now())
      let refused = sources.first { $0.name == "shop-1.example" }
      #expect(refused?.blockedUntil != nil && refused?.failed == 1 && refused?.lastError == "429")
      #expect(sources.first { $0.name == "shop-3.example" }?.succeeded == 1)
      #expect(try await fixture.fold(3)?.timeline.last?.availability == .outOfStock)
      let runs = try await RunReader(pool: fixture.pool).list(
        job: "price-check", listing: 2, outcome: nil, before: nil, limit: 10)
      #expect(runs.map(\.detail) == ["no price on the page"])
    }
  }

  @Test("Old days of the run log are dropped, and the coming ones are there")
  func runPartitions() async throws {
    try await Fixture.with { fixture in
      let runs = RunPartitions(pool: fixture.pool, retentionDays: 2)
      try await runs.maintain(now: day(0))
      try await runs.maintain(now: day(10))
      let names = try await fixture.pool.read(
        """
        SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'run'::regclass ORDER BY 1
        """
      ).scalars(String.self)
      #expect(names == ["run_20231123", "run_20231124", "run_20231125", "run_20231126"])
    }
  }
}
