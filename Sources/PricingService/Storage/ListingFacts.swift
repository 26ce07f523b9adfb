package import PostgresClient

/// What events and deals tell of a listing.
package struct ListingFacts: Sendable {
  package var id: Int64
  package var productID: Int64
  package var shop: String
  package var currency: String
  package var title: String
  package var category: String
  package var url: String

  /// Reads the facts of listings. Index: listing's primary key.
  package nonisolated(nonsending) static func load(
    _ ids: [Int64], _ query: nonisolated(nonsending) (String, [any PostgresEncodable]) async throws -> PostgresRows
  ) async throws -> [Int64: ListingFacts] {
    guard !ids.isEmpty else { return [:] }
    let rows = try await query(
      "SELECT id, product_id, shop, currency, product_title, category, url FROM listing WHERE id = ANY($1)", [ids])
    var facts: [Int64: ListingFacts] = [:]
    for row in rows {
      let (id, product, shop, currency, title, category, url) =
        try row.decode((Int64, Int64, String, String, String, String, String).self)
      facts[id] = ListingFacts(
        id: id, productID: product, shop: shop, currency: currency, title: title, category: category, url: url)
    }
    return facts
  }
}
