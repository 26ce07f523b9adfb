import MeshMessages
import PostgresClient

/// A write that the catalogue's state does not allow.
enum CatalogConflict: Error, Hashable {
  case noProduct, noListing
  /// Another version than the one that was to be changed.
  case version(current: Int64)
  case gtinTaken(by: Int64)
  case listingTaken(by: Int64)
}

/// A product as it stands in the table, as far as changes and comparisons need it.
struct StoredProduct: Sendable {
  var id: Int64
  var version: Int64
  var ownerListingID: Int64?
  var categoryID: Int64?
  var categoryPath: String
  var title: String
  var brand: String
  var gtin: String?
  var imageURL: String
  var attributes: [String]
  var isActive: Bool
  var priority: Int16

  static let columns = """
    p.id, p.version, p.owner_listing_id, p.category_id, coalesce(c.path, ''), p.title, p.brand, p.gtin, p.image_url,
    p.attributes, p.is_active, p.priority
    """

  init(_ row: PostgresRow) throws(PostgresError) {
    (id, version, ownerListingID, categoryID, categoryPath, title, brand) = try row.decode(
      (Int64, Int64, Int64?, Int64?, String, String, String).self)
    gtin = try row.column(7)
    imageURL = try row.column(8)
    attributes = try row.column(9)
    isActive = try row.column(10)
    priority = try row.column(11)
  }

  /// Whether a draft would change nothing.
  func equals(_ draft: ProductDraft) -> Bool {
    title == draft.title && brand == draft.brand && gtin == draft.gtin && imageURL == draft.imageURL
      && attributes == draft.attributeTexts && isActive == draft.isActive && priority == draft.priority
      && categoryPath == draft.category?.path ?? ""
  }
}

extension ProductDraft {
  /// Name, value, name, value …
  var attributeTexts: [String] { attributes.flatMap { [$0.name, $0.value] } }
}

extension CatalogStore {
  /// - Throws: `CatalogConflict`, `PostgresError`.
  func create(_ draft: ProductDraft, _ listings: [ListingDraft]) async throws -> Int64 {
    try await write { transaction in
      try await refuseTaken(draft.gtin, except: 0, in: transaction)
      let categories = try await categoryIDs(Set([draft.category].compactMap(\.self)), in: transaction)
      let ids = try await insert([draft], categories, owners: [nil], in: transaction)
      guard let id = ids.first else { throw CatalogConflict.noProduct }
      for listing in listings { _ = try await insert(listing, for: id, in: transaction) }
      try await publish(changed: [id], in: transaction)
      return id
    }
  }

  /// Changes a product.
  /// - Parameter change: gets the product as it is and returns it as it is to be.
  /// - Throws: `CatalogConflict`, `PostgresError`, what `change` throws.
  func update(
    _ id: Int64, expectedVersion: Int64, _ change: (StoredProduct) throws -> ProductDraft
  ) async throws {
    try await write { transaction in
      let rows = try await transaction.query(
        """
        SELECT \(StoredProduct.columns) FROM product p LEFT JOIN category c ON c.id = p.category_id
        WHERE p.id = $1 FOR UPDATE OF p
        """, [id])
      guard let row = rows.first else { throw CatalogConflict.noProduct }
      let stored = try StoredProduct(row)
      guard expectedVersion == 0 || expectedVersion == stored.version else {
        throw CatalogConflict.version(current: stored.version)
      }
      let draft = try change(stored)
      guard !stored.equals(draft) else { return }
      try await refuseTaken(draft.gtin, except: id, in: transaction)
      let categories = try await categoryIDs(Set([draft.category].compactMap(\.self)), in: transaction)
      try await update([(stored, draft)], categories, in: transaction)
      try await publish(changed: [id], in: transaction)
    }
  }

  /// Removes a product with its listings; nothing where there is none.
  /// - Throws: `PostgresError`.
  func delete(_ id: Int64) async throws {
    try await write { transaction in
      let listings = try await transaction.query(
        "SELECT id FROM listing WHERE product_id = $1 ORDER BY id", [id]
      ).scalars(Int64.self)
      let rows = try await transaction.query(
        "DELETE FROM product WHERE id = $1 RETURNING category_id, is_active", [id])
      guard let (category, isActive) = try rows.decode((Int64?, Bool).self).first else { return }
      if let category, isActive { try await count([category: -1], in: transaction) }
      try await publish(removed: listings, of: id, andProduct: true, in: transaction)
    }
  }

  /// - Throws: `CatalogConflict`, `PostgresError`.
  func addListing(_ draft: ListingDraft, to product: Int64) async throws -> CatalogV1.Listing {
    try await write { transaction in
      let exists = try await transaction.query("SELECT id FROM product WHERE id = $1 FOR UPDATE", [product])
      guard !exists.isEmpty else { throw CatalogConflict.noProduct }
      let listing = try await insert(draft, for: product, in: transaction)
      try await touch([product], in: transaction)
      try await publish(changed: [product], in: transaction)
      return listing
    }
  }

  /// Removes a listing; nothing where there is none.
  /// - Throws: `PostgresError`.
  func removeListing(_ id: Int64) async throws {
    try await write { transaction in
      let rows = try await transaction.query("DELETE FROM listing WHERE id = $1 RETURNING product_id", [id])
      guard let product = try rows.scalar(Int64.self) else { return }
      // OFFSET 0: else the planner walks all listings by their ids until one is the product's. Index: listing_product.
      try await transaction.execute(
        """
        UPDATE product
        SET owner_listing_id = (
          SELECT min(id) FROM (SELECT id FROM listing WHERE product_id = $1 OFFSET 0) AS of_product)
        WHERE id = $1
        """, [product])
      try await touch([product], in: transaction)
      try await refreshBestPrices([product], in: transaction)
      try await publish(removed: [id], of: product, andProduct: false, in: transaction)
      try await publish(changed: [product], in: transaction)
    }
  }

  // MARK: Parts of writes

  func touch(_ ids: [Int64], in transaction: PostgresTransaction) async throws {
    try await transaction.execute(
      "UPDATE product SET version = version + 1, updated_at = now() WHERE id = ANY($1)", [ids])
  }

  private func refuseTaken(_ gtin: String?, except id: Int64, in transaction: PostgresTransaction) async throws {
    guard let gtin else { return }
    let other = try await transaction.query("SELECT id FROM product WHERE gtin = $1 AND id <> $2", [gtin, id])
    if let other = try other.scalar(Int64.self) { throw CatalogConflict.gtinTaken(by: other) }
  }

  private func insert(
    _ draft: ListingDraft, for product: Int64, in transaction: PostgresTransaction
  ) async throws -> CatalogV1.Listing {
    let rows = try await transaction.query(
      """
      INSERT INTO listing AS l (product_id, shop, external_id, url, currency, locale, priority, source)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
      ON CONFLICT (shop, external_id) DO NOTHING
      RETURNING \(ListingRow.columns)
      """,
      [
        product, draft.shop, draft.externalID, draft.url, draft.currency, draft.locale, draft.priority, draft.source,
      ])
    guard let row = rows.first else {
      let taken = try await transaction.query(
        "SELECT id FROM listing WHERE shop = $1 AND external_id = $2", [draft.shop, draft.externalID])
      throw CatalogConflict.listingTaken(by: try taken.scalar(Int64.self) ?? 0)
    }
    let listing = try ListingRow.listing(row)
    try await transaction.execute(
      "UPDATE product SET owner_listing_id = $2 WHERE id = $1 AND owner_listing_id IS NULL", [product, listing.id])
    return listing
  }
}
