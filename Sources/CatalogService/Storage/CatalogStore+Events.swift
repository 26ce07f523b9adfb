import EventLog
import MeshMessages
import PostgresClient
import ProtobufBridge

extension CatalogStore {
  /// Tells of products as they are now, with all their listings, and brings the copies of their fields in
  /// `product_price` up to date. To be called at the end of each write.
  /// - Throws: `PostgresError`.
  func publish(changed ids: [Int64], in transaction: PostgresTransaction) async throws {
    guard !ids.isEmpty else { return }
    try await transaction.execute(
      """
      UPDATE product_price pp SET is_active = p.is_active, category_id = p.category_id, brand_key = p.brand_key
      FROM product p
      WHERE p.id = pp.product_id AND pp.product_id = ANY($1)
        AND (pp.is_active, pp.category_id, pp.brand_key) IS DISTINCT FROM (p.is_active, p.category_id, p.brand_key)
      """, [ids])
    let productRows = try await transaction.query(
      """
      SELECT \(ProductRow.columns) FROM product p
      LEFT JOIN category c ON c.id = p.category_id
      LEFT JOIN product_price pp ON false
      WHERE p.id = ANY($1) ORDER BY p.id
      """, [ids])
    let listingRows = try await transaction.query(
      "SELECT \(ListingRow.columns) FROM listing l WHERE l.product_id = ANY($1) ORDER BY l.id", [ids])
    var listings: [Int64: [CatalogV1.Listing]] = [:]
    for row in listingRows {
      let listing = try ListingRow.listing(row)
      listings[listing.productId, default: []].append(listing)
    }
    var events: [OutboxEvent] = []
    for row in productRows {
      let product = try ProductRow.product(row)
      events.append(try event(product.id, .productChanged(product)))
      for var listing in listings[product.id] ?? [] {
        if listing.priority == .unspecified { listing.priority = product.priority }
        let change = CatalogV1.ListingChanged(
          listing: listing, productTitle: product.title, category: product.category, productStatus: product.status)
        events.append(try event(product.id, .listingChanged(change)))
      }
    }
    try await outbox.append(events, in: transaction)
  }

  /// Tells that a listing is gone.
  /// - Throws: `PostgresError`.
  func publish(
    removed listings: [Int64], of product: Int64, andProduct: Bool, in transaction: PostgresTransaction
  ) async throws {
    var events = try listings.map {
      try event(product, .listingRemoved(CatalogV1.ListingRemoved(listingId: $0, productId: product)))
    }
    if andProduct { events.append(try event(product, .productRemoved(product))) }
    try await outbox.append(events, in: transaction)
  }

  private func event(_ product: Int64, _ change: CatalogV1.CatalogEvent.Change) throws -> OutboxEvent {
    let event = CatalogV1.CatalogEvent(occurredAt: Timestamp.now().message, change: change)
    return OutboxEvent(key: product, payload: try event.serializedBytes())
  }
}
