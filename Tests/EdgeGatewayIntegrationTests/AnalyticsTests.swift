import Logging
import MeshMessages
import PostgresClient
import TestSupport
import Testing

@testable import EdgeGateway

@Suite("Visits in the database") struct AnalyticsTests {
  static func mark(_ visitor: Int64) -> VisitorMark { VisitorMark(RateSubject(key: visitor), agent: "test") }

  static func event(
    _ kind: EdgeV1.EventKind, by visitor: Int64 = 1, at: Timestamp = .now(),
    _ change: (inout AnalyticsEvent) -> Void = { _ in }
  ) -> AnalyticsEvent {
    var event = AnalyticsEvent(at: at, kind: kind, mark: mark(visitor))
    change(&event)
    return event
  }

  static func batch(_ events: [AnalyticsEvent]) -> AnalyticsQueue.Batch { .init(id: .random(), events: events) }

  /// Today and tomorrow, whatever the time is.
  static var range: AnalyticsReports.Range {
    let day = AnalyticsStore.day(of: .now())
    return .init(from: AnalyticsPartitions.start(day - 1), to: AnalyticsPartitions.start(day + 2))
  }

  static func with(_ body: (EdgeDatabase, AnalyticsStore) async throws -> Void) async throws {
    try await EdgeDatabase.with { edge in
      try await AnalyticsUpkeep(pool: edge.pool, settings: AnalyticsSettings()).makeDays()
      try await body(edge, AnalyticsStore(pool: edge.pool))
    }
  }

  @Test("Days are made once by many gateways, and dropped when they are too old; the others keep what they have")
  func days() async throws {
    try await EdgeDatabase.with { edge in
      let partitions = AnalyticsPartitions(pool: edge.pool, retentionDays: 30)
      let start = Timestamp(microseconds: 1_764_000_000_000_000)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 { group.addTask { try await partitions.maintain(now: start) } }
        try await group.waitForAll()
      }
      func names() async throws -> [String] {
        try await edge.pool.query(
          """
          SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
          WHERE i.inhparent = 'analytics_event'::regclass ORDER BY 1
          """
        ).scalars(String.self)
      }
      #expect(
        try await names() == ["20251123", "20251124", "20251125", "20251126"].map { "analytics_event_" + $0 })
      for day in ["2025-11-23", "2025-11-24"] {
        try await edge.pool.execute(
          "INSERT INTO analytics_event (at, kind, visitor) VALUES ('\(day) 23:59:59.999999Z', 1, gen_random_uuid())")
      }
      // The 23rd is thirty days old on the 23rd of the next month, and kept on that day.
      try await partitions.maintain(now: Timestamp(microseconds: start.microseconds + 29 * 86_400_000_000))
      #expect(try await edge.count("analytics_event") == 2)
      try await partitions.maintain(now: Timestamp(microseconds: start.microseconds + 30 * 86_400_000_000))
      #expect(try await edge.count("analytics_event") == 1)
      let kept = try await names()
      #expect(kept.first == "analytics_event_20251124" && kept.last == "analytics_event_20251226")
    }
  }

  @Test("A batch that is tried again is written once; what is late is told")
  func once() async throws {
    try await Self.with { edge, store in
      let now = Timestamp.now()
      let late = Self.event(.pageView, at: now.before(.seconds(3700)))
      let batch = Self.batch([Self.event(.pageView, at: now), late, Self.event(.search, at: now) { $0.query = "tv" }])
      #expect(try await store.write(batch) == 1)
      // What was late has been told.
      #expect(try await store.write(batch) == 0)
      #expect(try await edge.count("analytics_event") == 2)
      // Nor is one written whose events' day may have lost its salt.
      #expect(try await store.write(Self.batch([late])) == 1)
      #expect(try await edge.count("analytics_event") == 2)
      #expect(try await edge.count("analytics_salt") == 1)
      let kept = try await edge.pool.query("SELECT query, results FROM analytics_event WHERE kind = 5")
        .decode((String?, Int32?).self)
      #expect(kept.first?.0 == "tv" && kept.first?.1 == nil)
    }
  }

  @Test("All gateways have one salt for a day, and it is gone an hour after it")
  func salts() async throws {
    try await Self.with { edge, store in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask { _ = try await AnalyticsStore(pool: edge.pool).write(Self.batch([Self.event(.pageView)])) }
        }
        try await group.waitForAll()
      }
      #expect(try await edge.count("analytics_salt") >= 1)
      let visitors = try await edge.pool.query("SELECT count(DISTINCT visitor) FROM analytics_event").scalar(Int.self)
      #expect(try await edge.count("analytics_event") == 8)
      // One; two if midnight came in between.
      #expect(try await edge.count("analytics_visitor") == visitors)
      #expect(try await edge.count("analytics_salt") == visitors)
      // Nothing of what is kept is made of the address alone.
      let day = AnalyticsPartitions.start(AnalyticsStore.day(of: .now()) + 1)
      func forget(at time: Timestamp) async throws {
        let upkeep = AnalyticsUpkeep(pool: edge.pool, settings: AnalyticsSettings(), clock: { time })
        try await upkeep.forgetSalts()
        try await upkeep.forget()
      }
      try await forget(at: Timestamp(microseconds: day.microseconds + 3_599_000_000))
      #expect(try await edge.count("analytics_salt") >= 1)
      try await forget(at: Timestamp(microseconds: day.microseconds + 3_601_000_000))
      #expect(try await edge.count("analytics_salt") == 0)
      #expect(try await edge.count("analytics_visitor") == 0)
      let old = try await edge.pool.query("SELECT visitor FROM analytics_event LIMIT 1").scalar(UUIDBytes.self)
      _ = try await store.write(Self.batch([Self.event(.share)]))
      let new = try await edge.pool.query("SELECT visitor FROM analytics_event WHERE kind = 6").scalar(UUIDBytes.self)
      #expect(old != nil && new != nil && old != new)
    }
  }

  @Test("Figures are those of the events, also when they are made again and when something came late")
  func figures() async throws {
    try await Self.with { edge, store in
      let rollUp = AnalyticsRollUp(pool: edge.pool)
      let reports = AnalyticsReports(pool: edge.pool)
      let now = Timestamp.now()
      _ = try await store.write(
        Self.batch(
          [
            Self.event(.pageView, by: 1, at: now), Self.event(.pageView, by: 2, at: now),
            Self.event(.productView, by: 1, at: now) { $0.product = 7 },
            Self.event(.productView, by: 2, at: now) { $0.product = 7 },
            Self.event(.productView, by: 2, at: now) { $0.product = 8 },
            Self.event(.dealClick, by: 2, at: now) { ($0.deal, $0.product) = (3, 8) },
            Self.event(.search, by: 1, at: now) { ($0.query, $0.results) = ("tv", 3) },
            Self.event(.search, by: 2, at: now) { ($0.query, $0.results) = ("tv", 0) },
            Self.event(.search, by: 2, at: now) { ($0.query, $0.results) = ("radyo", 0) },
            Self.event(.search, by: 2, at: now),
            Self.event(.listingClick, by: 1, at: now) { ($0.listing, $0.shop, $0.product) = (11, "shop-a", 8) },
            Self.event(.listingClick, by: 1, at: now) { ($0.listing, $0.shop) = (12, "shop-a") },
            Self.event(.listingClick, by: 2, at: now) { ($0.listing, $0.shop) = (12, "shop-a") },
            Self.event(.listingClick, by: 2, at: now) { $0.listing = 13 },
          ]))
      #expect(try await rollUp.run() == 1)
      #expect(try await rollUp.run() == 0)
      func check() async throws {
        let days = try await reports.traffic(Self.range, by: .day)
        #expect(days.count == 3 && days.map(\.visitors).reduce(0, +) == 2)
        let busy = try #require(days.first { $0.visitors > 0 })
        #expect(
          busy.events == [.pageView: 2, .productView: 3, .dealClick: 1, .search: 4, .listingClick: 4]
            && busy.start == AnalyticsPartitions.start(AnalyticsStore.day(of: now)))
        let hours = try await reports.traffic(Self.range, by: .hour)
        #expect(hours.count == 72 && hours.filter { $0.visitors == 2 && $0.events == busy.events }.count == 1)
        #expect(
          try await reports.products(Self.range, byClicks: false, limit: 20) == [
            .init(product: 7, views: 2, listingClicks: 0, dealClicks: 0, shares: 0),
            .init(product: 8, views: 1, listingClicks: 1, dealClicks: 1, shares: 0),
          ])
        #expect(try await reports.products(Self.range, byClicks: true, limit: 1).map(\.product) == [8])
        #expect(
          try await reports.searches(Self.range, withoutResults: false, limit: 20) == [
            .init(query: "tv", searches: 2, withoutResults: 1, visits: 2),
            .init(query: "radyo", searches: 1, withoutResults: 1, visits: 1),
          ])
        #expect(
          try await reports.searches(Self.range, withoutResults: true, limit: 20).map(\.query) == ["radyo", "tv"])
        #expect(
          try await reports.clicks(Self.range, on: .shop, limit: 20) == [
            .init(subject: "shop-a", clicks: 3, visits: 2), .init(subject: "", clicks: 1, visits: 1),
          ])
        #expect(try await reports.clicks(Self.range, on: .listing, limit: 1).map(\.subject) == ["12"])
        #expect(try await reports.clicks(Self.range, on: .all, limit: 1).map(\.clicks) == [4])
      }
      try await check()
      // Again, as after a writer's mark for something that was there already.
      try await edge.pool.execute("INSERT INTO analytics_due SELECT DISTINCT hour FROM analytics_hour")
      #expect(try await rollUp.run() == 1)
      try await check()
      _ = try await store.write(Self.batch([Self.event(.pageView, by: 3, at: now)]))
      #expect(try await rollUp.run() == 1)
      let days = try await reports.traffic(Self.range, by: .day)
      #expect(days.map { $0.events[.pageView] ?? 0 }.max() == 3 && days.map(\.visitors).max() == 3)
    }
  }

  @Test("Nothing is lost or counted twice while several gateways write and roll up at once")
  func concurrent() async throws {
    try await Self.with { edge, _ in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<3 {
          group.addTask {
            let store = AnalyticsStore(pool: edge.pool)
            for round in 0..<40 {
              let visitors = (0..<5).map { Int64((writer * 7 + round * 3 + $0) % 50) }
              _ = try await store.write(Self.batch(visitors.map { Self.event(.pageView, by: $0) { $0.page = "/" } }))
            }
          }
        }
        for _ in 0..<2 {
          group.addTask { for _ in 0..<40 { try await AnalyticsRollUp(pool: edge.pool).run() } }
        }
        try await group.waitForAll()
      }
      try await AnalyticsRollUp(pool: edge.pool).run()
      let reports = AnalyticsReports(pool: edge.pool)
      let days = try await reports.traffic(Self.range, by: .day)
      #expect(days.map { $0.events[.pageView] ?? 0 }.reduce(0, +) == 600)
      let pages = try await edge.pool.query("SELECT sum(events)::bigint FROM analytics_hour WHERE dimension = 5")
      #expect(try pages.scalar(Int64.self) == 600)
      // More than fifty if midnight came in between.
      #expect(days.map(\.visitors).max() ?? 0 <= 50 && days.map(\.visitors).reduce(0, +) >= 50)
      #expect(try await edge.count("analytics_due") == 0)
    }
  }

  @Test("An hour tells of the subjects with the most, however many there are")
  func bounded() async throws {
    try await Self.with { edge, store in
      let now = Timestamp.now()
      for part in 0..<3 {
        _ = try await store.write(
          Self.batch(
            (0..<400).map { number in Self.event(.search, at: now) { $0.query = "q\(part)-\(number)" } }
              + [Self.event(.search, at: now) { $0.query = "zz" }]))
      }
      try await AnalyticsRollUp(pool: edge.pool).run()
      let queries = try await edge.pool.query("SELECT count(*) FROM analytics_hour WHERE dimension = 4")
      #expect(try queries.scalar(Int.self) == AnalyticsRollUp.maximumSubjects)
      let top = try await AnalyticsReports(pool: edge.pool).searches(Self.range, withoutResults: false, limit: 1)
      #expect(top.map(\.query) == ["zz"] && top.map(\.searches) == [3])
      let days = try await AnalyticsReports(pool: edge.pool).traffic(Self.range, by: .day)
      #expect(days.map { $0.events[.search] ?? 0 }.max() == 1203)
    }
  }

  @Test("Figures outlive events, and go when they are too old themselves")
  func retention() async throws {
    try await Self.with { edge, store in
      _ = try await store.write(Self.batch([Self.event(.productView) { $0.product = 7 }]))
      try await AnalyticsRollUp(pool: edge.pool).run()
      func age(_ days: Int64) async throws {
        let time = Timestamp(microseconds: Timestamp.now().microseconds + days * 86_400_000_000)
        let upkeep = AnalyticsUpkeep(pool: edge.pool, settings: AnalyticsSettings(), clock: { time })
        try await upkeep.makeDays()
        try await upkeep.forget()
      }
      try await age(32)
      #expect(try await edge.count("analytics_event") == 0)
      #expect(try await edge.count("analytics_batch") == 0)
      #expect(try await edge.count("analytics_hour") == 3)
      #expect(try await edge.count("analytics_day") == 1)
      try await age(402)
      #expect(try await edge.count("analytics_hour") == 0)
      #expect(try await edge.count("analytics_day") == 0)
    }
  }

  @Test("What could not be written is written when the database is back, and at the end of the process")
  func away() async throws {
    let server = try await PrivatePostgres.start()
    try await EdgeDatabase.with(on: server) { edge in
      try await AnalyticsUpkeep(pool: edge.pool, settings: AnalyticsSettings()).makeDays()
      let queue = AnalyticsQueue()
      let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      let writer = AnalyticsWriter(queue: queue, store: AnalyticsStore(pool: edge.pool), logger: logger)
      queue.add([Self.event(.pageView)], from: RateSubject(key: 1))
      try await server.kill()
      let batch = try #require(queue.take())
      await #expect(throws: PostgresError.self) { try await writer.write(batch) }
      queue.add([Self.event(.share)], from: RateSubject(key: 1))
      try await server.restart()
      try await waitUntil("the batch is written") {
        do { try await writer.write(batch) } catch is PostgresError { return false }
        return true
      }
      await writer.flush()
      #expect(queue.take() == nil)
      #expect(try await edge.count("analytics_event") == 2)
    }
    try await server.tearDown()
  }
}
