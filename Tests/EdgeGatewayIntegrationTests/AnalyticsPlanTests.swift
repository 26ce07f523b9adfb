import MeshMessages
import PostgresClient
import TestSupport
import Testing

@testable import EdgeGateway

@Suite("Plans of the statements about visits") struct AnalyticsPlanTests {
  /// Whatever the values are, and for these values: a prepared statement may come to use either.
  @Test("No statement reads what it does not tell of", arguments: ["force_custom_plan", "force_generic_plan"])
  func indexBound(mode: String) async throws {
    let server = try await PrivatePostgres.start(settings: PlanLog.settings)
    var log = PlanLog(server)
    try await EdgeDatabase.with(on: server, options: "-c plan_cache_mode=\(mode)") { edge in
      let upkeep = AnalyticsUpkeep(pool: edge.pool, settings: AnalyticsSettings())
      try await upkeep.makeDays()
      try await Self.fill(edge.pool)
      _ = log.plans()
      try await Self.use(edge)
      try await upkeep.forgetSalts()
      try await upkeep.forget()
    }
    let plans = log.plans()
    #expect(plans.count > 15)
    // An hour's events are read as a whole; there are a thousand of them here.
    for plan in plans { #expect(plan.mostRowsRead < 10_000, "\(plan)") }
    for plan in plans { #expect(plan.sequentialScans(over: 10_000).isEmpty, "\(plan)") }
    try await server.tearDown()
  }

  private static func fill(_ pool: PostgresPool) async throws {
    for sql in [
      """
      INSERT INTO analytics_event (at, kind, visitor, query)
      SELECT date_trunc('day', now(), 'UTC') + n * interval '3.6 seconds', 5, gen_random_uuid(), 'q' || n % 50
      FROM generate_series(0, 23999) n
      """,
      """
      INSERT INTO analytics_hour (dimension, hour, kind, subject, events, visitors, empty)
      SELECT d, date_trunc('hour', now(), 'UTC') - h * interval '1 hour', 4, s::text, 5, 4, 0
      FROM generate_series(0, 5) d, generate_series(1, 2000) h, generate_series(1, 10) s
      """,
      "INSERT INTO analytics_day SELECT d, 100 FROM generate_series(1, 20000) d",
      "INSERT INTO analytics_batch SELECT gen_random_uuid() FROM generate_series(1, 20000)",
      """
      INSERT INTO analytics_visitor
      SELECT floor(extract(epoch FROM now()) / 86400) - n % 2, gen_random_uuid() FROM generate_series(1, 16000) n
      """,
      "ANALYZE",
    ] { try await pool.execute(sql) }
  }

  private static func use(_ edge: EdgeDatabase) async throws {
    let store = AnalyticsStore(pool: edge.pool)
    _ = try await store.write(
      AnalyticsTests.batch([AnalyticsTests.event(.search) { $0.query = "tv" }, AnalyticsTests.event(.share)]))
    _ = try await AnalyticsRollUp(pool: edge.pool).run()
    let reports = AnalyticsReports(pool: edge.pool)
    let range = AnalyticsTests.range
    _ = try await reports.traffic(range, by: .hour)
    _ = try await reports.traffic(range, by: .day)
    for isOther in [false, true] {
      _ = try await reports.products(range, byClicks: isOther, limit: 20)
      _ = try await reports.searches(range, withoutResults: isOther, limit: 20)
    }
    for dimension in [AnalyticsDimension.all, .shop, .listing] {
      _ = try await reports.clicks(range, on: dimension, limit: 20)
    }
  }
}
