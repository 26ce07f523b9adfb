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
    let (id, title, brand, gtin, category, image, attributes) = try row.decode(
      (Int64, String, String, String?, String?, String, [String]).self)
    var product = CatalogV1.Product(id: id, title: title, brand: brand)
    product.gtin = gtin.map(displayed) ?? ""
    product.category = category ?? ""
    product.imageUrl = image
    product.attributes = named(attributes)
    product.status = try row.column(7, as: Bool.self) ? .active : .retired
    let priority = try row.column(8, as: Int16.self)
    product.priority = priority == 0 ? .normal : CommonV1.PriorityClass(rawValue: Int32(priority))
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

  /// GTINs are kept with 14 digits; people know them with 13, 12 or 8 (GS1 General Specifications, section 3.3).
  private static func displayed(_ gtin: String) -> String {
    let zeros = gtin.prefix { $0 == "0" }.count
    return String(gtin.dropFirst(zeros >= 6 ? 6 : min(zeros, 2)))
  }

  private static func named(_ attributes: [String]) -> [String: String] {
    var result: [String: String] = [:]
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
    let (id, product, shop, externalID, url, currency, locale, priority, source, created) = try row.decode(
      (Int64, Int64, String, String, String, String, String, Int16, String, Timestamp).self)
    return CatalogV1.Listing(
      id: id, productId: product, shop: shop, externalId: externalID, url: url, currency: currency, locale: locale,
      priority: CommonV1.PriorityClass(rawValue: Int32(priority)), source: source, createdAt: created.message)
  }
}
