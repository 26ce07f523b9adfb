import PostgresClient

/// Columns of many products as arrays, for one statement over `unnest`.
private struct ProductColumns {
  /// Joins the texts of an attribute array, since `unnest` cannot take arrays of arrays. `FieldRules` lets no control
  /// character but the line break into attributes.
  private static let separator = "\u{1F}"

  var titles: [String] = []
  var brands: [String] = []
  var brandKeys: [String] = []
  var gtins: [String?] = []
  var categories: [Int64?] = []
  var images: [String] = []
  var attributes: [String] = []
  var actives: [Bool] = []
  var priorities: [Int16] = []
  var folded: [String] = []
  var lowered: [String] = []

  init(_ drafts: [ProductDraft], _ categoryIDs: [String: Int64]) {
    for draft in drafts {
      titles.append(draft.title)
      brands.append(draft.brand)
      brandKeys.append(TurkishText.folded(draft.brand))
      gtins.append(draft.gtin)
      categories.append(draft.category.flatMap { categoryIDs[$0.path] })
      images.append(draft.imageURL)
      attributes.append(draft.attributeTexts.joined(separator: Self.separator))
      actives.append(draft.isActive)
      priorities.append(draft.priority)
      folded.append(TurkishText.folded(draft.title))
      lowered.append(TurkishText.lowercased(draft.title))
    }
  }

  var values: [any PostgresEncodable] {
    [titles, brands, brandKeys, gtins, categories, images, attributes, actives, priorities, folded, lowered]
  }

  /// The arrays as a table; parameter 1 holds ids, these come behind it.
  static let table = """
    unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
      $9::boolean[], $10::smallint[], $11::text[], $12::text[])
      AS n(id, title, brand, brand_key, gtin, category_id, image_url, attributes, is_active, priority, folded_title,
        lowered_title)
    """

  /// Words of title and brand folded, and the title's Turkish stems.
  static let search = """
    setweight(to_tsvector('simple', n.folded_title), 'A') || setweight(to_tsvector('simple', n.brand_key), 'B')
      || setweight(to_tsvector('turkish', n.lowered_title), 'C')
    """
  static let attributes = "CASE n.attributes WHEN '' THEN '{}'::text[] ELSE string_to_array(n.attributes, E'\\x1f') END"
}

extension CatalogStore {
  /// The next ids of a table, ascending.
  /// - Throws: `PostgresError`.
  func reserveIDs(_ count: Int, of table: String, in transaction: PostgresTransaction) async throws -> [Int64] {
    guard count > 0 else { return [] }
    return try await transaction.query(
      "SELECT nextval(pg_get_serial_sequence($1, 'id')) FROM generate_series(1, $2)", [table, count]
    ).scalars(Int64.self)
  }

  /// Makes products and counts them.
  /// - Parameter owners: the oldest listing of each. To write it later would write the whole row and all its index entries
  ///   once more.
  /// - Returns: their ids, in the order of the drafts.
  /// - Throws: `PostgresError`.
  func insert(
    _ drafts: [ProductDraft], _ categoryIDs: [String: Int64], owners: [Int64?], in transaction: PostgresTransaction
  ) async throws -> [Int64] {
    guard !drafts.isEmpty else { return [] }
    let ids = try await reserveIDs(drafts.count, of: "product", in: transaction)
    let columns = ProductColumns(drafts, categoryIDs)
    try await transaction.execute(
      """
      INSERT INTO product (id, title, brand, brand_key, gtin, category_id, image_url, attributes, is_active, priority,
        folded_title, search, owner_listing_id)
      SELECT n.id, n.title, n.brand, n.brand_key, n.gtin, n.category_id, n.image_url, \(ProductColumns.attributes),
        n.is_active, n.priority, n.folded_title, \(ProductColumns.search), o.id
      FROM \(ProductColumns.table)
      JOIN unnest($1::bigint[], $13::bigint[]) AS o(product_id, id) ON o.product_id = n.id
      """, [ids] + columns.values + [owners])
    try await remember(drafts, in: transaction)
    var counts: [Int64: Int64] = [:]
    for (draft, category) in zip(drafts, columns.categories) {
      if let category, draft.isActive { counts[category, default: 0] += 1 }
    }
    try await count(counts, in: transaction)
    return ids
  }

  /// Brings products to their drafts, with new versions and counts.
  /// - Throws: `PostgresError`.
  func update(
    _ changes: [(stored: StoredProduct, draft: ProductDraft)], _ categoryIDs: [String: Int64],
    in transaction: PostgresTransaction
  ) async throws {
    guard !changes.isEmpty else { return }
    let columns = ProductColumns(changes.map(\.draft), categoryIDs)
    try await transaction.execute(
      """
      UPDATE product p SET title = n.title, brand = n.brand, brand_key = n.brand_key, gtin = n.gtin,
        category_id = n.category_id, image_url = n.image_url, attributes = \(ProductColumns.attributes),
        is_active = n.is_active, priority = n.priority, folded_title = n.folded_title,
        search = \(ProductColumns.search), version = p.version + 1, updated_at = now()
      FROM \(ProductColumns.table)
      WHERE p.id = n.id
      """, [changes.map(\.stored.id)] + columns.values)
    try await remember(changes.map(\.draft), in: transaction)
    var counts: [Int64: Int64] = [:]
    for (change, category) in zip(changes, columns.categories) {
      if let old = change.stored.categoryID, change.stored.isActive { counts[old, default: 0] -= 1 }
      if let category, change.draft.isActive { counts[category, default: 0] += 1 }
    }
    try await count(counts, in: transaction)
  }

  /// Keeps the names of brands, for suggestions.
  private func remember(_ drafts: [ProductDraft], in transaction: PostgresTransaction) async throws {
    var brands: [String: String] = [:]
    for draft in drafts {
      let key = TurkishText.folded(draft.brand)
      if !key.isEmpty, brands[key] == nil { brands[key] = draft.brand }
    }
    guard !brands.isEmpty else { return }
    let sorted = brands.sorted { $0.key < $1.key }
    try await transaction.execute(
      """
      INSERT INTO brand (key, name) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT (key) DO NOTHING
      """, [sorted.map(\.key), sorted.map(\.value)])
  }
}
