import MeshMessages
import PostgresClient

/// How a product is selected and read: one place for the columns and their order.
enum ProductRow {
  /// For `product p LEFT JOIN category c … LEFT JOIN product_price pp …`.
  static let columns = """
    p.id, p.title, p.brand, p.gtin, c.path, p.image_url, p.attributes, p.is_active, p.priority, p.version,
    p.created_at, p.updated_at,
    pp.currency, pp.price, pp.list_price, pp.listing_id, pp.shop, pp.availability, pp.discount_basis_points,
    pp.deal_id, pp.observed_at
    """

  /// - Throws: `PostgresError` `.decoding`.
  static func product(_ row: PostgresRow) throws(PostgresError) -> CatalogV1.Product {
    var product = CatalogV1.Product(id: try row.column(0), title: try row.column(1), brand: try row.column(2))
    try row.withText(3) { product.gtin = String(decoding: displayed($0), as: UTF8.self) }
    product.category = try row.column(4, as: String?.self) ?? ""
    product.imageUrl = try row.column(5)
    product.attributes = named(try row.column(6))
    product.status = try row.column(7, as: Bool.self) ? .active : .retired
    product.priority = priority(try row.column(8))
    product.version = try row.column(9)
    product.createdAt = try row.column(10, as: Timestamp.self).message
    product.updatedAt = try row.column(11, as: Timestamp.self).message
    if let currency = try row.column(12, as: String?.self) {
      product.price = try price(row, currency: currency)
    }
    return product
  }

  private static func price(_ row: PostgresRow, currency: String) throws(PostgresError) -> CatalogV1.CurrentPrice {
    let discount = try row.column(18, as: Int32.self)
    return CatalogV1.CurrentPrice(
      price: CommonV1.Money(currency: currency, minorUnits: try row.column(13)),
      listPrice: try row.column(14, as: Int64?.self).map { CommonV1.Money(currency: currency, minorUnits: $0) },
      listingId: try row.column(15),
      shop: try row.column(16),
      availability: CommonV1.Availability(rawValue: Int32(try row.column(17, as: Int16.self))),
      discountBasisPoints: UInt32(clamping: discount),
      dealId: try row.column(19),
      observedAt: try row.column(20, as: Timestamp.self).message)
  }

  /// A stored priority; 0 is none, which counts as NORMAL.
  static func priority(_ stored: Int16) -> CommonV1.PriorityClass {
    stored == 0 ? .normal : CommonV1.PriorityClass(rawValue: Int32(stored))
  }

  /// GTINs are kept with 14 digits; people know them with 13, 12 or 8 (GS1 General Specifications, section 3.3).
  static func displayed(_ gtin: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let zeros = gtin.prefix { $0 == UInt8(ascii: "0") }.count
    return UnsafeRawBufferPointer(rebasing: gtin.dropFirst(zeros >= 6 ? 6 : min(zeros, 2)))
  }

  private static func named(_ attributes: [String]) -> [String: String] {
    guard attributes.count > 1 else { return [:] }
    var result = [String: String](minimumCapacity: attributes.count / 2)
    for index in stride(from: 0, to: attributes.count - 1, by: 2) { result[attributes[index]] = attributes[index + 1] }
    return result
  }
}

/// The same for listings.
enum ListingRow {
  /// For `listing l`.
  static let columns = """
    l.id, l.product_id, l.shop, l.external_id, l.url, l.currency, l.locale, l.priority, l.source, l.created_at
    """

  /// - Throws: `PostgresError` `.decoding`.
  static func listing(_ row: PostgresRow) throws(PostgresError) -> CatalogV1.Listing {
    CatalogV1.Listing(
      id: try row.column(0), productId: try row.column(1), shop: try row.column(2), externalId: try row.column(3),
      url: try row.column(4), currency: try row.column(5), locale: try row.column(6),
      priority: CommonV1.PriorityClass(rawValue: Int32(try row.column(7, as: Int16.self))), source: try row.column(8),
      createdAt: try row.column(9, as: Timestamp.self).message)
  }
}
