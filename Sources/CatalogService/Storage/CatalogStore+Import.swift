import MeshMessages
import OutboundHTTP
import PostgresClient

/// What came of an import's rows.
struct ImportOutcome: Sendable {
  var created: Int64 = 0
  var updated: Int64 = 0
  var unchanged: Int64 = 0
  var rejections: [CatalogV1.ImportRejection] = []
}

/// A row of an import, checked.
struct ImportRow: Sendable {
  var line: Int64
  var product: ProductDraft
  var listing: ListingDraft

  /// - Parameter pages: where pages may be.
  /// - Throws: `InvalidField`.
  init(_ row: CatalogV1.ImportProduct, pages: AddressPolicy = .publicOnly) throws(InvalidField) {
    line = row.line
    product = try ProductDraft(row)
    listing = try ListingDraft(row, pages: pages)
  }
}

/// A listing by what its shop calls it.
struct ListingKey: Hashable, Sendable {
  var shop: String
  var externalID: String

  init(_ draft: ListingDraft) {
    shop = draft.shop
    externalID = draft.externalID
  }

  init(shop: String, externalID: String) {
    self.shop = shop
    self.externalID = externalID
  }
}

extension CatalogStore {
  /// Takes rows over in one transaction.
  ///
  /// A listing is found by shop and external id. A new one joins the product that has its GTIN, or makes one. A product's
  /// own fields follow its oldest listing; what others say of it changes only their listings. What is the same already
  /// is not written, so a second import of the same rows changes nothing and tells of nothing.
  /// - Throws: `PostgresError`.
  func importRows(_ rows: [ImportRow]) async throws -> ImportOutcome {
    try await write { transaction in
      var outcome = ImportOutcome()
      let rows = Self.withoutRepeats(rows, &outcome)
      var plan = ImportPlan(
        known: try await knownListings(rows, in: transaction),
        byGTIN: try await products(byGTINOf: rows, in: transaction)
      )
      for row in rows { plan.add(row) }
      let categories = try await categoryIDs(plan.categories, in: transaction)
      let listingIDs = try await reserveIDs(plan.newListings.count, of: "listing", in: transaction)
      let made = try await insert(plan.newProducts, categories, owners: plan.owners(listingIDs), in: transaction)
      try await update(plan.changedProducts, categories, in: transaction)
      try await insertListings(plan.newListings, listingIDs, made, in: transaction)
      try await updateListings(plan.changedListings, in: transaction)
      try await touch(plan.touchedOnly, in: transaction)
      try await publish(changed: plan.touchedProducts(made), in: transaction)
      outcome.created = Int64(plan.newListings.count)
      outcome.updated = Int64(plan.updatedRows)
      outcome.unchanged = Int64(plan.unchangedRows)
      return outcome
    }
  }

  /// Of rows with the same listing the first counts.
  private static func withoutRepeats(_ rows: [ImportRow], _ outcome: inout ImportOutcome) -> [ImportRow] {
    var lines: [ListingKey: Int64] = [:]
    return rows.filter { row in
      if let first = lines.updateValue(row.line, forKey: ListingKey(row.listing)) {
        lines[ListingKey(row.listing)] = first
        outcome.rejections.append(
          CatalogV1.ImportRejection(line: row.line, reason: "id: expected one row for each, line \(first) has it too"))
        return false
      }
      return true
    }
  }

  /// By unique index of `listing (shop, external_id)`.
  private func knownListings(
    _ rows: [ImportRow], in transaction: PostgresTransaction
  ) async throws -> [ListingKey: ImportPlan.Known] {
    let found = try await transaction.query(
      """
      SELECT \(StoredProduct.columns), l.id, l.shop, l.external_id, l.url, l.currency, l.locale, l.priority, l.source
      FROM unnest($1::text[], $2::text[]) AS k(shop, external_id)
      JOIN listing l ON l.shop = k.shop AND l.external_id = k.external_id
      JOIN product p ON p.id = l.product_id
      LEFT JOIN category c ON c.id = p.category_id
      """, [rows.map(\.listing.shop), rows.map(\.listing.externalID)])
    var known: [ListingKey: ImportPlan.Known] = [:]
    for row in found {
      let key = ListingKey(shop: try row.column(13), externalID: try row.column(14))
      known[key] = ImportPlan.Known(
        product: try StoredProduct(row), listingID: try row.column(12), url: try row.column(15),
        currency: try row.column(16), locale: try row.column(17), priority: try row.column(18),
        source: try row.column(19))
    }
    return known
  }

  private func products(
    byGTINOf rows: [ImportRow], in transaction: PostgresTransaction
  ) async throws -> [String: Int64] {
    let gtins = Array(Set(rows.compactMap(\.product.gtin))).sorted()
    guard !gtins.isEmpty else { return [:] }
    let found = try await transaction.query("SELECT gtin, id FROM product WHERE gtin = ANY($1)", [gtins])
    return Dictionary(uniqueKeysWithValues: try found.decode((String, Int64).self).map { ($0.0, $0.1) })
  }

  private func insertListings(
    _ listings: [(draft: ListingDraft, product: ImportPlan.ProductReference)], _ ids: [Int64], _ made: [Int64],
    in transaction: PostgresTransaction
  ) async throws {
    guard !listings.isEmpty else { return }
    try await transaction.execute(
      """
      INSERT INTO listing (id, product_id, shop, external_id, url, currency, locale, priority, source)
      SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::smallint[], $9::text[])
      """,
      [
        ids, listings.map { $0.product.id(made) }, listings.map(\.draft.shop), listings.map(\.draft.externalID),
        listings.map(\.draft.url), listings.map(\.draft.currency), listings.map(\.draft.locale),
        listings.map(\.draft.priority), listings.map(\.draft.source),
      ])
    let joined = zip(listings, ids).compactMap { listing, id -> (product: Int64, listing: Int64)? in
      if case .stored(let product) = listing.product { (product, id) } else { nil }
    }
    guard !joined.isEmpty else { return }
    try await transaction.execute(Self.giveOwners, [joined.map(\.product), joined.map(\.listing)])
  }

  /// A stored product without an owner has no listing but those that were just inserted. To look for the lowest id among
  /// all of its listings instead tempts the planner to walk the whole primary key for each product.
  static let giveOwners = """
    UPDATE product p SET owner_listing_id = oldest.id
    FROM (
      SELECT product_id, min(id) AS id FROM unnest($1::bigint[], $2::bigint[]) AS made (product_id, id)
      GROUP BY product_id) oldest
    WHERE p.id = ANY($1) AND p.id = oldest.product_id AND p.owner_listing_id IS NULL
    """

  private func updateListings(
    _ changes: [(id: Int64, draft: ListingDraft)], in transaction: PostgresTransaction
  ) async throws {
    guard !changes.isEmpty else { return }
    try await transaction.execute(
      """
      UPDATE listing l SET url = n.url, locale = n.locale, priority = n.priority, source = n.source
      FROM unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[], $5::text[])
        AS n(id, url, locale, priority, source)
      WHERE l.id = n.id
      """,
      [
        changes.map(\.id), changes.map(\.draft.url), changes.map(\.draft.locale), changes.map(\.draft.priority),
        changes.map(\.draft.source),
      ])
  }
}
