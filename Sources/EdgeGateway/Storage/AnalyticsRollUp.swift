internal import PostgresClient

/// What an hour's figures are about, as `analytics_hour` has it.
enum AnalyticsDimension: Int16, CaseIterable {
  case all, product, listing, shop, query, page
}

/// Makes hours' figures of events.
///
/// Whoever writes events marks their hours as due, so each is made anew until nothing came after it was made: the hour that
/// runs, one that has ended, and one for which something came late. Gateways that find the same hour do it one after the
/// other, and the second one finds it done.
struct AnalyticsRollUp: Sendable {
  let pool: PostgresPool

  /// Products, listings and so on that an hour tells of, for each kind of event: those with the most. What a flood of
  /// queries that nobody else asks would fill stays bounded.
  static let maximumSubjects = 500
  private static let timeout = Duration.seconds(120)

  /// - Returns: hours made.
  /// - Throws: `PostgresError`.
  @discardableResult
  func run() async throws -> Int {
    let due = try await pool.read("SELECT hour FROM analytics_due ORDER BY hour LIMIT 100", from: .primary)
      .scalars(Timestamp.self)
    var made = 0
    for hour in due {
      try Task.checkCancellation()
      if try await make(hour) { made += 1 }
    }
    return made
  }

  private func make(_ hour: Timestamp) async throws -> Bool {
    try await pool.withTransaction(retries: .init(attempts: 3)) { transaction in
      // Waits for writers of this hour, and has later ones wait; the statements after it see all that was written.
      guard try await transaction.execute("DELETE FROM analytics_due WHERE hour = $1", [hour]) == 1 else {
        return false
      }
      // By the primary key: each dimension and hour.
      try await transaction.execute(
        "DELETE FROM analytics_hour WHERE dimension = ANY ($2) AND hour = $1",
        [hour, AnalyticsDimension.allCases.map(\.rawValue)])
      try await transaction.execute(Self.figures, [hour, Self.maximumSubjects], timeout: Self.timeout)
      try await transaction.execute(
        """
        INSERT INTO analytics_day AS d (day, visitors)
        SELECT $1, count(*) FROM analytics_visitor WHERE day = $1
        ON CONFLICT (day) DO UPDATE SET visitors = greatest(d.visitors, excluded.visitors)
        """, [AnalyticsStore.day(of: hour)], timeout: Self.timeout)
      return true
    }
  }

  /// Index analytics_event_at, of one partition.
  private static let figures = """
    INSERT INTO analytics_hour (dimension, hour, kind, subject, events, visitors, empty)
    SELECT dimension, $1, kind, subject, events, visitors, empty
    FROM (
      SELECT d.dimension, d.kind, d.subject, count(*) AS events, count(DISTINCT e.visitor) AS visitors,
        count(*) FILTER (WHERE e.results = 0) AS empty,
        row_number() OVER (PARTITION BY d.dimension, d.kind ORDER BY count(*) DESC, d.subject) AS place
      FROM analytics_event e CROSS JOIN LATERAL (VALUES
        (0, 0, ''), (0, e.kind, ''), (1, e.kind, e.product_id::text), (2, e.kind, e.listing_id::text),
        (3, e.kind, CASE WHEN e.kind = 4 THEN coalesce(e.shop, '') END), (4, e.kind, e.query), (5, e.kind, e.page)
      ) AS d (dimension, kind, subject)
      WHERE e.at >= $1 AND e.at < $1 + interval '1 hour' AND d.subject IS NOT NULL
      GROUP BY d.dimension, d.kind, d.subject
    ) AS figures
    WHERE place <= $2
    """
}
