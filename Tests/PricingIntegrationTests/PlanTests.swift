import PostgresClient
import Testing

@testable import PricingService

@Suite("Plans")
struct PlanTests {
  /// The plan of a statement, as text.
  private func plan(_ pool: PostgresPool, _ sql: String, _ values: [any PostgresEncodable]) async throws -> String {
    try await pool.query("EXPLAIN " + sql, values).scalars(String.self).joined(separator: "\n")
  }

  @Test("No statement of a hot path reads a large table from end to end")
  func indexBound() async throws {
    try await Fixture.with { fixture in
      let pool = fixture.pool
      try await fixture.add(1...20_000, product: { $0 / 2 })
      let batch = (Int64(1)...5000).flatMap { id in
        [arrival(id, day(0), 1000), arrival(id, day(36), 800 + id % 50), arrival(id, day(70), 750)]
      }
      for part in stride(from: 0, to: batch.count, by: 5000) {
        _ = try await fixture.store.record(Array(batch[part..<part + 5000]), source: "test", now: day(71))
      }
      try await pool.execute("ANALYZE")
      var query = DealQuery()
      for order in [DealQuery.Order.score, .discount, .newest] {
        query.order = order
        let (sql, values) = DealReader.listStatement(query, after: .init(value: 40, id: 100), limit: 21)
        let plan = try await plan(pool, sql, values)
        #expect(!plan.contains("Seq Scan") && !plan.contains("Sort"), "\(order): \(plan)")
      }
      query.order = .score
      query.productID = 17
      let (sql, values) = DealReader.listStatement(query, after: nil, limit: 21)
      let byProduct = try await plan(pool, sql, values)
      #expect(!byProduct.contains("Seq Scan"), "\(byProduct)")
      let statements: [(String, [any PostgresEncodable])] = [
        (
          "SELECT listing_id, observed_at, price FROM observation WHERE listing_id = ANY($1) AND role = 1 "
            + "AND observed_at <= $2 ORDER BY listing_id, observed_at", [[Int64(5), 6], Timestamp.infinity]
        ),
        (
          "SELECT s.state FROM listing_state s JOIN listing l ON l.id = s.listing_id WHERE s.listing_id = ANY($1) "
            + "AND l.removed_at IS NULL ORDER BY s.listing_id FOR NO KEY UPDATE OF s", [Array(Int64(1)...50)]
        ),
        ("SELECT id FROM listing WHERE product_id = ANY($1)", [Array(Int64(1)...50)]),
        (
          "SELECT s.listing_id FROM listing_state s WHERE s.deadline <= $1 ORDER BY s.deadline LIMIT 500 "
            + "FOR NO KEY UPDATE SKIP LOCKED", [day(60).timestamp]
        ),
      ]
      for (sql, values) in statements {
        let plan = try await plan(pool, sql, values)
        #expect(!plan.contains("Seq Scan"), "\(sql): \(plan)")
      }
    }
  }
}
