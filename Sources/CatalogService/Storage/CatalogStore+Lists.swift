import MeshMessages
import PostgresClient

/// A page of products as the database gave it.
struct ProductPage: Sendable {
  /// The page's, and perhaps one behind it, by the columns of `ProductRow`.
  let rows: PostgresRows
  /// How many of them are the page's.
  let count: Int
  /// The token of the next page, empty at the end.
  let next: String

  init(_ rows: PostgresRows, of query: ProductQuery) throws(PostgresError) {
    self.rows = rows
    count = Swift.min(rows.count, query.size)
    if rows.count > count, count > 0 {
      let last = rows[count - 1]
      next = query.token(key: try last.column("sort_key"), id: try last.column(0))
    } else {
      next = ""
    }
  }

  /// - Throws: `PostgresError` `.decoding`.
  func products() throws(PostgresError) -> [CatalogV1.Product] {
    var products: [CatalogV1.Product] = []
    products.reserveCapacity(count)
    for row in rows.prefix(count) { products.append(try ProductRow.product(row)) }
    return products
  }
}

extension CatalogStore {
  /// A page of products.
  ///
  /// A search whose words few products have (`ProductQuery.fewHits`, whatever the page's size) is made again by looser
  /// matches: stems and words that begin with them, then likeness. Words that many products have are found at once, and the looser
  /// match costs little where words are rare.
  /// - Throws: `PostgresError`.
  func page(_ query: ProductQuery) async throws -> ProductPage {
    var page = try await run(query)
    guard query.search != nil, query.after == nil else { return page }
    var query = query
    if page.rows.count < ProductQuery.fewHits {
      query.match = .beginnings
      page = try await run(query)
    }
    if page.count == 0 {
      query.match = .likeness
      page = try await run(query)
    }
    return page
  }

  private func run(_ query: ProductQuery) async throws -> ProductPage {
    let statement = ProductListStatement(query, commonWords: commonWords.words)
    return try ProductPage(try await pool.read(statement.sql, statement.values), of: query)
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
