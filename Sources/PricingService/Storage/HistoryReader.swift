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
      points[try row.column(0), default: []].append(try HistoryPoint(row, from: 1))
    }
    return points
  }
}

extension HistoryPoint {
  /// From the columns `observed_at, price, list_price, availability`.
  /// - Throws: `PostgresError` `.decoding`.
  init(_ row: PostgresRow, from column: Int) throws(PostgresError) {
    self.init(
      at: Moment(try row.column(column)), price: try row.column(column + 1), listPrice: try row.column(column + 2),
      availability: Availability(rawValue: try row.column(column + 3)) ?? .unknown)
  }
}
