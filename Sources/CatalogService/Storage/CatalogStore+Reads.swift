import MeshMessages
import PostgresClient

extension CatalogStore {
  private static let productSource = """
    SELECT \(ProductRow.columns)
    FROM product p
    LEFT JOIN category c ON c.id = p.category_id
    LEFT JOIN product_price pp ON pp.product_id = p.id AND pp.is_main
    WHERE p.id
    """
  private static let products = Wanted(productSource)
  private static let listings = Wanted(
    "SELECT \(ListingRow.columns) FROM listing l WHERE l.product_id", order: "ORDER BY l.id")

  /// Products by id (primary key), those that exist, in no order.
  /// - Throws: `PostgresError`.
  func products(_ ids: [Int64], includeListings: Bool) async throws -> [CatalogV1.Product] {
    guard includeListings else { return try await products(ids) }
    // Both questions go out together.
    async let listings = listings(of: ids)
    var products = try await products(ids)
    Self.add(try await listings, to: &products)
    return products
  }

  private func products(_ ids: [Int64]) async throws -> [CatalogV1.Product] {
    let rows = try await pool.read(Self.products.sql(for: ids), Self.products.values(for: ids))
    var products: [CatalogV1.Product] = []
    products.reserveCapacity(rows.count)
    for row in rows { products.append(try ProductRow.product(row)) }
    return products
  }

  /// Fills in the listings of products (index `listing_product`).
  /// - Throws: `PostgresError`.
  func addListings(to products: inout [CatalogV1.Product]) async throws {
    guard !products.isEmpty else { return }
    Self.add(try await listings(of: products.map(\.id)), to: &products)
  }

  private func listings(of ids: [Int64]) async throws -> [CatalogV1.Listing] {
    let rows = try await pool.read(Self.listings.sql(for: ids), Self.listings.values(for: ids))
    var listings: [CatalogV1.Listing] = []
    listings.reserveCapacity(rows.count)
    for row in rows { listings.append(try ListingRow.listing(row)) }
    return listings
  }

  private static func add(_ listings: [CatalogV1.Listing], to products: inout [CatalogV1.Product]) {
    if products.count == 1, listings.allSatisfy({ $0.productId == products[0].id }) {
      products[0].listings = listings
      return
    }
    let byProduct = Dictionary(grouping: listings, by: \.productId)
    for index in products.indices { products[index].listings = byProduct[products[index].id] ?? [] }
  }

  /// Statements that end in a condition that a column is one of some ids.
  ///
  /// One id is asked for by `=`: not knowing how many ids an array has, PostgreSQL plans for ten and finds that dearer than
  /// planning anew each time, which takes longer than the question.
  private struct Wanted: Sendable {
    private let one: String
    private let many: String

    init(_ sql: String, order: String = "") {
      one = "\(sql) = $1 \(order)"
      many = "\(sql) = ANY($1) \(order)"
    }

    func sql(for ids: [Int64]) -> String { ids.count == 1 ? one : many }

    func values(for ids: [Int64]) -> [any PostgresEncodable] {
      if ids.count == 1, let id = ids.first { [id] } else { [ids] }
    }
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
