import MeshMessages
import PostgresClient

extension CatalogStore {
  private static let productSource = """
    FROM product p
    LEFT JOIN category c ON c.id = p.category_id
    LEFT JOIN product_price pp ON pp.product_id = p.id AND pp.is_main
    """

  /// Products by id (primary key), those that exist, in no order.
  /// - Throws: `PostgresError`.
  func products(_ ids: [Int64], includeListings: Bool) async throws -> [CatalogV1.Product] {
    let (condition, values) = Self.isOne(of: ids)
    let rows = try await pool.read("SELECT \(ProductRow.columns) \(Self.productSource) WHERE p.id \(condition)", values)
    var products: [CatalogV1.Product] = []
    for row in rows { products.append(try ProductRow.product(row)) }
    if includeListings { try await addListings(to: &products) }
    return products
  }

  /// Fills in the listings of products (index `listing_product`).
  /// - Throws: `PostgresError`.
  func addListings(to products: inout [CatalogV1.Product]) async throws {
    guard !products.isEmpty else { return }
    let (condition, values) = Self.isOne(of: products.map(\.id))
    let rows = try await pool.read(
      "SELECT \(ListingRow.columns) FROM listing l WHERE l.product_id \(condition) ORDER BY l.id", values)
    var byProduct: [Int64: [CatalogV1.Listing]] = [:]
    for row in rows {
      let listing = try ListingRow.listing(row)
      byProduct[listing.productId, default: []].append(listing)
    }
    for index in products.indices { products[index].listings = byProduct[products[index].id] ?? [] }
  }

  /// The end of a condition that a column is one of these, and its value.
  ///
  /// One id is asked for by `=`: not knowing how many ids an array has, PostgreSQL plans for ten and finds that dearer than
  /// planning anew each time, which takes longer than the question.
  private static func isOne(of ids: [Int64]) -> (condition: String, values: [any PostgresEncodable]) {
    if ids.count == 1, let id = ids.first { ("= $1", [id]) } else { ("= ANY($1)", [ids]) }
  }

  /// A listing by its id (primary key).
  /// - Throws: `PostgresError`.
  func listing(_ id: Int64) async throws -> CatalogV1.Listing? {
    let rows = try await pool.read("SELECT \(ListingRow.columns) FROM listing l WHERE l.id = $1", [id])
    return try rows.first.map { row in try ListingRow.listing(row) }
  }

  /// Categories with the number of active products in them and below; at most 10,000.
  /// - Parameter parent: only those right below it; empty: all.
  /// - Throws: `PostgresError`.
  func categories(below parent: String) async throws -> [CatalogV1.Category] {
    // The subtree's sum walks the unique index of `path`.
    let rows = try await pool.read(
      """
      SELECT c.id, c.path, c.name, coalesce(c.parent_id, 0),
        c.active_products + coalesce((
          SELECT sum(d.active_products) FROM category d WHERE d.path > c.path || '/' AND d.path < c.path || '0'
        ), 0)::bigint
      FROM category c LEFT JOIN category q ON q.id = c.parent_id
      WHERE $1 = '' OR q.path = $1
      ORDER BY c.path LIMIT 10000
      """, [parent])
    return try rows.decode((Int64, String, String, Int64, Int64).self).map {
      CatalogV1.Category(id: $0.0, path: $0.1, name: $0.2, parentId: $0.3, productCount: $0.4)
    }
  }
}
