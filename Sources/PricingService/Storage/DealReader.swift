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

  private static let columns = """
    d.id, d.closed_at, d.close_reason, d.facts, l.id, l.product_id, l.shop, l.currency, l.product_title, l.category,
    l.url
    """

  /// The deal with this id. Index: the primary keys.
  package func deal(_ id: Int64) async throws -> DealOfListing? {
    let rows = try await pool.read(
      "SELECT \(Self.columns) FROM deal d JOIN listing l ON l.id = d.listing_id WHERE d.id = $1", [id])
    return try rows.first.map { try Self.decode($0) }
  }

  /// The statement of a list and its values. It walks one index to the page's end: of those that begin with
  /// `deal_open_` the one for the order, behind the category or the shop if one is asked for; deal_product or deal_listing
  /// with a product or listing.
  static func listStatement(
    _ query: DealQuery, after place: Place?, limit: Int
  ) -> (sql: String, values: [any PostgresEncodable]) {
    var values: [any PostgresEncodable] = []
    var conditions: [String] = []
    func value(_ value: any PostgresEncodable) -> String {
      values.append(value)
      return "$\(values.count)"
    }
    let isOpen = "d.closed_at IS NULL AND NOT d.is_out_of_stock"
    let isOfAll = query.productID == nil && query.listingID == nil
    if isOfAll { conditions.append(isOpen) }
    if let id = query.productID { conditions.append("d.product_id = \(value(id))") }
    if let id = query.listingID { conditions.append("d.listing_id = \(value(id))") }
    if !query.shop.isEmpty { conditions.append("d.shop = \(value(query.shop))") }
    if query.minimumDiscount > 0 {
      conditions.append("d.real_discount >= \(value(Int32(clamping: query.minimumDiscount)))")
    }
    if let verdict = query.verdict { conditions.append("d.verdict = \(value(verdict.rawValue))") }
    let column: String
    switch query.order {
    case .score: column = "d.score"
    case .discount: column = "d.real_discount"
    case .newest: column = "d.opened_at"
    }
    if let place {
      let bound =
        query.order == .newest
        ? value(Moment(milliseconds: place.value).timestamp) : value(Int32(clamping: place.value))
      conditions.append("(\(column), d.id) < (\(bound), \(value(place.id)))")
    }
    // Said, not bound: a plan for any limit would take a tenth of all deals for a page.
    let end = "ORDER BY \(column) DESC, d.id DESC LIMIT \(limit)"
    var found = "SELECT d.* FROM deal d WHERE \(conditions.joined(separator: " AND ")) \(end)"
    var categories = ""
    if !query.category.isEmpty {
      // "0" is the character after "/".
      let (path, from, to) = (value(query.category), value(query.category + "/"), value(query.category + "0"))
      if isOfAll {
        // From each category of the subtree that has open deals to the next, then the best of each, then of all.
        categories = """
          WITH RECURSIVE k AS (
            SELECT \(path)::text COLLATE "C" AS category
            UNION ALL
            SELECT (
              SELECT d.category FROM deal d
              WHERE \(isOpen) AND d.category > greatest(k.category, \(from)) AND d.category < \(to)
              ORDER BY d.category LIMIT 1)
            FROM k WHERE k.category IS NOT NULL)
          """
        conditions.append("d.category = k.category")
        found = """
          SELECT d.* FROM k CROSS JOIN LATERAL (
            SELECT d.* FROM deal d WHERE \(conditions.joined(separator: " AND ")) \(end)) d
          WHERE k.category IS NOT NULL \(end)
          """
      } else {
        conditions.append("(d.category = \(path) OR (d.category >= \(from) AND d.category < \(to)))")
        found = "SELECT d.* FROM deal d WHERE \(conditions.joined(separator: " AND ")) \(end)"
      }
    }
    let sql = """
      \(categories)
      SELECT \(Self.columns)
      FROM (\(found)) d JOIN listing l ON l.id = d.listing_id
      ORDER BY \(column) DESC, d.id DESC
      """
    return (sql, values)
  }

  /// Deals in the query's order behind a place.
  package func list(_ query: DealQuery, after place: Place?, limit: Int) async throws -> [DealOfListing] {
    let (sql, values) = Self.listStatement(query, after: place, limit: limit)
    return try await pool.read(sql, values).map { try Self.decode($0) }
  }

  private static func decode(_ row: PostgresRow) throws -> DealOfListing {
    let (id, closedAt, reason, packed, listing, product, shop, currency, title, category, url) =
      try row.decode(
        (Int64, Timestamp?, Int16?, [UInt8], Int64, Int64, String, String, String, String, String).self)
    var deal = try Deal(packed: packed)
    deal.id = id
    if let closedAt, let reason, let reason = DealClosure.Reason(rawValue: reason) {
      deal.closure = DealClosure(at: Moment(closedAt), reason: reason)
    }
    let facts = ListingFacts(
      id: listing, productID: product, shop: shop, currency: currency, title: title, category: category, url: url)
    return DealOfListing(deal: deal, facts: facts)
  }
}
