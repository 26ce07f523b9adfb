import MeshMessages
import PostgresClient

extension CatalogStore {
  /// A page of products, and the token of the next one, empty at the end.
  ///
  /// A search whose words few products have (`ProductQuery.fewHits`, whatever the page's size) is made again by looser
  /// matches: stems and words that begin with them, then likeness. Words that many products have are found at once, and the looser
  /// match costs little where words are rare.
  /// - Throws: `PostgresError`.
  func page(_ query: ProductQuery) async throws -> (products: [CatalogV1.Product], next: String) {
    var page = try await run(query)
    guard query.search != nil, query.after == nil else { return (page.products, page.next) }
    var query = query
    if page.found < ProductQuery.fewHits {
      query.match = .beginnings
      page = try await run(query)
    }
    if page.products.isEmpty {
      query.match = .likeness
      page = try await run(query)
    }
    return (page.products, page.next)
  }

  private func run(
    _ query: ProductQuery
  ) async throws -> (products: [CatalogV1.Product], next: String, found: Int) {
    let statement = ProductListStatement(query, commonWords: commonWords.words)
    let rows = try await pool.read(statement.sql, statement.values)
    var products: [CatalogV1.Product] = []
    products.reserveCapacity(min(rows.count, query.size))
    var next = ""
    for (index, row) in rows.enumerated() {
      if index == query.size {
        let last = rows[index - 1]
        next = query.token(key: try last.column("sort_key"), id: try last.column(0))
        break
      }
      products.append(try ProductRow.product(row))
    }
    return (products, next, rows.count)
  }

  /// What a person who typed these letters may mean: categories, brands, then products, by the start of their names
  /// (index `category_slug`, primary key of `brand`, index `product_prefix`).
  ///
  /// The limit stands in the text: with one that it does not know, PostgreSQL thinks a plan for any values dear, and plans
  /// each time anew, which takes longer than the search.
  /// - Parameter limit: at most 20, as each has a prepared statement of its own.
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
        ORDER BY p.folded_title USING ~<~ LIMIT \(limit))
      """, [slug, slug + "\u{10FFFF}", prefix, prefix + "\u{10FFFF}"])
    return try rows.decode((String, Int64).self).prefix(limit).map {
      CatalogV1.Suggestion(text: $0.0, productId: $0.1)
    }
  }
}
