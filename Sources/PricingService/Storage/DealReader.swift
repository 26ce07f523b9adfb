package import PostgresClient

/// Which deals are listed.
package struct DealQuery: Hashable, Sendable {
  /// This category and those below it; empty: all.
  package var category = ""
  package var shop = ""
  package var minimumDiscount: Int64 = 0
  package var verdict: DealVerdict?
  /// With one of these, closed deals too.
  package var productID: Int64?
  package var listingID: Int64?
  package var order = Order.score

  package enum Order: Int, Sendable {
    case score = 1
    case discount = 2
    case newest = 3
  }

  package init() {}
}

/// A deal and its listing.
package struct DealOfListing: Sendable {
  package var deal: Deal
  package var facts: ListingFacts
}

/// Reads deals.
package struct DealReader: Sendable {
  private let pool: PostgresPool

  package init(pool: PostgresPool) {
    self.pool = pool
  }

  /// Where a page ends: the value that it is sorted by, and the deal's id.
  package struct Place: Hashable, Sendable {
    package var value: Int64
    package var id: Int64

    package init(value: Int64, id: Int64) {
      self.value = value
      self.id = id
    }
  }

  static let columns = """
    d.id, d.closed_at, d.close_reason, d.facts, l.id, l.product_id, l.shop, l.currency, l.product_title, l.category,
    l.url
    """

  /// The deal with this id. Index: the primary keys.
  package func deal(_ id: Int64) async throws -> DealOfListing? {
    let rows = try await pool.read(
      "SELECT \(Self.columns) FROM deal d JOIN listing l ON l.id = d.listing_id WHERE d.id = $1", [id])
    return try rows.first.map { try Self.decode($0) }
  }

  /// Deals in the query's order behind a place.
  package func list(_ query: DealQuery, after place: Place?, limit: Int) async throws -> [DealOfListing] {
    let text = DealListTexts.shared.text(of: .init(query, isFirst: place == nil, limit: limit))
    let rows = try await pool.read(text.sql, text.values.map { $0.value(in: query, after: place) })
    var deals: [DealOfListing] = []
    deals.reserveCapacity(rows.count)
    for row in rows { deals.append(try Self.decode(row)) }
    return deals
  }

  private static func decode(_ row: PostgresRow) throws -> DealOfListing {
    let packed: [UInt8] = try row.column(3)
    var deal = try Deal(packed: packed)
    deal.id = try row.column(0)
    if let closedAt = try row.column(1, as: Timestamp?.self), let reason = try row.column(2, as: Int16?.self),
      let reason = DealClosure.Reason(rawValue: reason)
    {
      deal.closure = DealClosure(at: Moment(closedAt), reason: reason)
    }
    let facts = ListingFacts(
      id: try row.column(4), productID: try row.column(5), shop: try row.column(6), currency: try row.column(7),
      title: try row.column(8), category: try row.column(9), url: try row.column(10))
    return DealOfListing(deal: deal, facts: facts)
  }
}
