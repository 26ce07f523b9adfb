package import PostgresClient

/// Reads confirmed changes.
package enum HistoryReader {
  /// The complete changes of listings, oldest first. Index: observation_change, on the partitions in the range.
  /// - Parameters:
  ///   - ids: of listings; those without a change are left out.
  ///   - until: changes at this moment and before it; nil: all.
  ///   - query: where to ask.
  package nonisolated(nonsending) static func changes(
    of ids: [Int64], until: Moment?,
    _ query: nonisolated(nonsending) (String, [any PostgresEncodable]) async throws -> PostgresRows
  ) async throws -> [Int64: [HistoryPoint]] {
    let rows = try await query(
      """
      SELECT listing_id, observed_at, price, list_price, availability
      FROM observation
      WHERE listing_id = ANY($1) AND role = 1 AND observed_at <= $2
      ORDER BY listing_id, observed_at
      """, [ids, until?.timestamp ?? .infinity])
    var points: [Int64: [HistoryPoint]] = [:]
    for row in rows {
      let (id, at, price, listPrice, availability) =
        try row.decode((Int64, Timestamp, Int64?, Int64?, Int16).self)
      points[id, default: []].append(
        HistoryPoint(
          at: Moment(at), price: price, listPrice: listPrice,
          availability: Availability(rawValue: availability) ?? .unknown))
    }
    return points
  }
}
