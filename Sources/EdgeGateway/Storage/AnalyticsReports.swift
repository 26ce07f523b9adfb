internal import MeshMessages
internal import PostgresClient

/// What operators ask of the hours' figures.
struct AnalyticsReports: Sendable {
  let pool: PostgresPool

  /// From the first moment until before the second one.
  struct Range: Sendable, Equatable {
    var from: Timestamp
    var to: Timestamp
  }

  enum Step: Sendable {
    case hour, day

    var microseconds: Int64 { self == .hour ? 3_600_000_000 : 86_400_000_000 }
  }

  struct TrafficRow: Sendable, Equatable {
    var start: Timestamp
    /// By kind.
    var events: [EdgeV1.EventKind: Int64] = [:]
    var visitors: Int64 = 0
  }

  struct ProductRow: Sendable, Equatable {
    var product: Int64
    var views: Int64
    var listingClicks: Int64
    var dealClicks: Int64
    var shares: Int64
  }

  struct SearchRow: Sendable, Equatable {
    var query: String
    var searches: Int64
    var withoutResults: Int64
    var visits: Int64
  }

  struct ClickRow: Sendable, Equatable {
    var subject: String
    var clicks: Int64
    var visits: Int64
  }

  // All go by the primary key of analytics_hour: a dimension, a range of hours.

  /// Every hour or day of the range, in order, also those without events.
  func traffic(_ range: Range, by step: Step) async throws -> [TrafficRow] {
    var rows: [Timestamp: TrafficRow] = [:]
    for start in stride(from: range.from.microseconds, to: range.to.microseconds, by: Int(step.microseconds)) {
      let start = Timestamp(microseconds: start)
      rows[start] = TrafficRow(start: start)
    }
    let found = try await pool.read(
      """
      SELECT date_trunc($3, hour, 'UTC'), kind, sum(events)::bigint, max(visitors) FROM analytics_hour
      WHERE dimension = 0 AND hour >= $1 AND hour < $2 GROUP BY 1, 2
      """, [range.from, range.to, step == .hour ? "hour" : "day"])
    for (start, kind, events, visitors) in try found.decode((Timestamp, Int16, Int64, Int64).self) {
      if kind > 0 {
        rows[start]?.events[EdgeV1.EventKind(rawValue: Int32(kind))] = events
      } else if step == .hour {
        rows[start]?.visitors = visitors
      }
    }
    if step == .day {
      let days = try await pool.read(
        "SELECT day, visitors FROM analytics_day WHERE day >= $1 AND day < $2",
        [AnalyticsStore.day(of: range.from), AnalyticsStore.day(of: range.to)])
      for (day, visitors) in try days.decode((Int32, Int64).self) {
        rows[AnalyticsPartitions.start(day)]?.visitors = visitors
      }
    }
    return rows.values.sorted { $0.start < $1.start }
  }

  /// Those with the most clicks on shops, or with the most views.
  func products(_ range: Range, byClicks: Bool, limit: Int) async throws -> [ProductRow] {
    let rows = try await pool.read(
      """
      SELECT subject, views, listing_clicks, deal_clicks, shares FROM (
        SELECT subject, coalesce(sum(events) FILTER (WHERE kind = 2), 0)::bigint AS views,
          coalesce(sum(events) FILTER (WHERE kind = 4), 0)::bigint AS listing_clicks,
          coalesce(sum(events) FILTER (WHERE kind = 3), 0)::bigint AS deal_clicks,
          coalesce(sum(events) FILTER (WHERE kind = 6), 0)::bigint AS shares
        FROM analytics_hour WHERE dimension = 1 AND hour >= $1 AND hour < $2 GROUP BY subject
      ) AS p
      ORDER BY CASE WHEN $4 THEN listing_clicks ELSE views END DESC, views DESC, listing_clicks DESC, subject LIMIT $3
      """, [range.from, range.to, limit, byClicks])
    return try rows.decode((String, Int64, Int64, Int64, Int64).self).map {
      ProductRow(product: Int64($0.0) ?? 0, views: $0.1, listingClicks: $0.2, dealClicks: $0.3, shares: $0.4)
    }
  }

  /// What was searched for most; or, of what found nothing, that.
  func searches(_ range: Range, withoutResults: Bool, limit: Int) async throws -> [SearchRow] {
    let rows = try await pool.read(
      """
      SELECT subject, searches, empty, visits FROM (
        SELECT subject, sum(events)::bigint AS searches, sum(empty)::bigint AS empty, sum(visitors)::bigint AS visits
        FROM analytics_hour WHERE dimension = 4 AND hour >= $1 AND hour < $2 GROUP BY subject
      ) AS q
      WHERE NOT $4 OR empty > 0
      ORDER BY CASE WHEN $4 THEN empty ELSE searches END DESC, subject LIMIT $3
      """, [range.from, range.to, limit, withoutResults])
    return try rows.decode((String, Int64, Int64, Int64).self).map {
      SearchRow(query: $0.0, searches: $0.1, withoutResults: $0.2, visits: $0.3)
    }
  }

  /// Clicks on shops or listings, most first.
  func clicks(_ range: Range, on dimension: AnalyticsDimension, limit: Int) async throws -> [ClickRow] {
    let rows = try await pool.read(
      """
      SELECT subject, sum(events)::bigint, sum(visitors)::bigint FROM analytics_hour
      WHERE dimension = $4 AND hour >= $1 AND hour < $2 AND kind = 4 GROUP BY subject ORDER BY 2 DESC, 1 LIMIT $3
      """, [range.from, range.to, limit, dimension.rawValue])
    return try rows.decode((String, Int64, Int64).self).map { ClickRow(subject: $0.0, clicks: $0.1, visits: $0.2) }
  }
}
