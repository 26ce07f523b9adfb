import MeshMessages
import PostgresClient

extension CatalogStore {
  /// A page of products, and the token of the next one, empty at the end.
  ///
  /// A search whose words nothing has is answered by likeness instead.
  /// - Throws: `PostgresError`.
  func page(_ query: ProductQuery) async throws -> (products: [CatalogV1.Product], next: String) {
    guard !query.isByLikeness else { return try await run(ProductListStatement.similar(query), query) }
    let page = try await run(ProductListStatement(query), query)
    guard page.products.isEmpty, query.search != nil, query.after == nil else { return page }
    var likeness = query
    likeness.isByLikeness = true
    return try await run(ProductListStatement.similar(likeness), likeness)
  }

  private func run(
    _ statement: ProductListStatement, _ query: ProductQuery
  ) async throws -> (products: [CatalogV1.Product], next: String) {
    let rows = try await pool.read(statement.sql, statement.values)
    var products: [CatalogV1.Product] = []
    var next = ""
    for (index, row) in rows.enumerated() {
      if index == query.size {
        let last = rows[index - 1]
        next = query.token(key: try last.column("sort_key"), id: try last.column(0))
        break
      }
      products.append(try ProductRow.product(row))
    }
    return (products, next)
  }

  /// What a person who typed these letters may mean: categories, brands, then products, by the start of their names
  /// (unique index of `category.path`, primary key of `brand`, index `product_prefix`).
  /// - Throws: `PostgresError`.
  func suggestions(_ prefix: String, limit: Int) async throws -> [CatalogV1.Suggestion] {
    let slug = prefix.split(separator: " ").joined(separator: "-")
    // What begins with a text is what lies between it and it with the last of all characters behind it.
    let rows = try await pool.read(
      """
      (SELECT c.name, 0::bigint FROM category c WHERE c.slug >= $1 AND c.slug < $2 ORDER BY c.slug LIMIT 2)
      UNION ALL
      (SELECT b.name, 0::bigint FROM brand b WHERE b.key >= $3 AND b.key < $4 ORDER BY b.key LIMIT 2)
      UNION ALL
      (SELECT p.title, p.id FROM product p
        WHERE p.is_active AND p.folded_title ~>=~ $3 AND p.folded_title ~<~ $4
        ORDER BY p.folded_title USING ~<~ LIMIT $5)
      """, [slug, slug + "\u{10FFFF}", prefix, prefix + "\u{10FFFF}", limit])
    return try rows.decode((String, Int64).self).prefix(limit).map {
      CatalogV1.Suggestion(text: $0.0, productId: $0.1)
    }
  }
}
