package import PostgresClient

/// A listing as it is stored: facts and fold.
package struct ListingSnapshot: Sendable {
  package var facts: ListingFacts
  package var createdAt: Moment
  package var removedAt: Moment?
  package var fold: ListingFold
}

/// Reads listings with their states and histories.
package struct ListingReader: Sendable {
  private let pool: PostgresPool

  package init(pool: PostgresPool) {
    self.pool = pool
  }

  /// The listings with these ids and those of these products, by id; unknown ones are left out.
  /// Index: listing's primary key, listing_product.
  package func snapshots(listings: [Int64], products: [Int64]) async throws -> [ListingSnapshot] {
    let (source, values) = Self.source(listings, products)
    let rows = try await pool.read(
      """
      SELECT l.id, l.product_id, l.shop, l.currency, l.product_title, l.category, l.url, l.created_at, l.removed_at,
        s.state
      FROM \(source)
      ORDER BY l.id
      """, values)
    var snapshots: [ListingSnapshot] = []
    snapshots.reserveCapacity(rows.count)
    for row in rows {
      let facts = ListingFacts(
        id: try row.column(0), productID: try row.column(1), shop: try row.column(2), currency: try row.column(3),
        title: try row.column(4), category: try row.column(5), url: try row.column(6))
      let state: [UInt8] = try row.column(9)
      snapshots.append(
        ListingSnapshot(
          facts: facts, createdAt: Moment(try row.column(7)),
          removedAt: try row.column(8, as: Timestamp?.self).map { Moment($0) },
          fold: state.isEmpty ? ListingFold() : try ListingFold(packed: state)))
    }
    return snapshots
  }

  /// The tables behind `snapshots`, joined. One id is asked for by `=`: not knowing how many ids an array has, PostgreSQL plans
  /// for ten and finds that dearer than planning anew each time, which takes longer than the question.
  private static func source(
    _ listings: [Int64], _ products: [Int64]
  ) -> (sql: String, values: [any PostgresEncodable]) {
    let joined = "listing l JOIN listing_state s ON s.listing_id = l.id WHERE"
    if listings.count == 1, products.isEmpty, let id = listings.first { return ("\(joined) l.id = $1", [id]) }
    if products.count == 1, listings.isEmpty, let id = products.first { return ("\(joined) l.product_id = $1", [id]) }
    return (
      """
      (
        SELECT id FROM listing WHERE id = ANY($1)
        UNION
        SELECT id FROM listing WHERE product_id = ANY($2)
      ) AS asked
      JOIN listing l ON l.id = asked.id
      JOIN listing_state s ON s.listing_id = asked.id
      """, [listings, products]
    )
  }

  /// The histories of listings, complete up to `asOf`: from their states where these hold everything.
  package func timelines(of snapshots: [ListingSnapshot], asOf: Moment) async throws -> [Int64: Timeline] {
    var timelines: [Int64: Timeline] = [:]
    var missing: [Int64] = []
    for snapshot in snapshots {
      if snapshot.fold.timeline.past.isEmpty {
        timelines[snapshot.facts.id] = snapshot.fold.timeline
      } else {
        missing.append(snapshot.facts.id)
      }
    }
    guard !missing.isEmpty else { return timelines }
    let changes = try await HistoryReader.changes(of: missing, until: asOf) { try await pool.read($0, $1) }
    for (id, points) in changes { timelines[id] = Timeline(points) }
    return timelines
  }

  /// The changes of a listing within `from..<to` and the one in effect at `from`, oldest first; at most `limit` of the
  /// newest. Index: observation_change.
  package func changes(
    of snapshot: ListingSnapshot, from: Moment?, to: Moment, limit: Int
  ) async throws -> (points: [HistoryPoint], isTruncated: Bool) {
    let timeline = snapshot.fold.timeline
    if from.map({ timeline.covers($0) }) ?? timeline.past.isEmpty {
      let points = timeline.points.filter { $0.at < to }
      let first = from.flatMap { from in points.lastIndex { $0.at <= from } } ?? 0
      let wanted = points.dropFirst(first)
      return (Array(wanted.suffix(limit)), wanted.count > limit)
    }
    return try await storedChanges(of: snapshot, from: from, to: to, limit: limit)
  }

  /// The same from the table alone.
  func storedChanges(
    of snapshot: ListingSnapshot, from: Moment?, to: Moment, limit: Int
  ) async throws -> (points: [HistoryPoint], isTruncated: Bool) {
    let id = snapshot.facts.id
    let start = max(from ?? Arrival.earliest, snapshot.fold.firstObservedAt ?? Arrival.earliest)
    let rows = try await pool.read(
      """
      (SELECT observed_at, price, list_price, availability FROM observation
       WHERE listing_id = $1 AND role = 1 AND observed_at > $2 AND observed_at < $3
       ORDER BY observed_at DESC LIMIT \(limit + 1))
      UNION ALL
      (SELECT observed_at, price, list_price, availability FROM observation
       WHERE listing_id = $1 AND role = 1 AND observed_at <= $2 AND observed_at >= $4
       ORDER BY observed_at DESC LIMIT 1)
      """,
      [
        id, start.timestamp, to.timestamp, (snapshot.fold.firstObservedAt ?? Arrival.earliest).timestamp,
      ])
    var points: [HistoryPoint] = []
    points.reserveCapacity(rows.count)
    for row in rows { points.append(try HistoryPoint(row, from: 0)) }
    points.sort { $0.at < $1.at }
    return (Array(points.suffix(limit)), points.count > limit)
  }
}
