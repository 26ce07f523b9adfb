package import CSVText
package import MeshMessages

/// What makes products of the rows of a table, in the format of imports.
package struct ProductRows: Sendable {
  /// Columns that a table must have, each by the names that it may bear.
  package static let required = [["id"], ["title"]]

  private static let known: Set<String> = [
    "id", "gtin_or_sku", "title", "brand", "category_path", "url", "image", "currency",
  ]

  /// Of all rows.
  package var shop: String
  /// How prices are observed: push, page or feed.
  package var source: String
  /// Of rows without one.
  package var currency: String
  /// How prices are written at the shop, such as tr-TR; empty: follows from the currency.
  package var locale: String
  package var priority: CommonV1.PriorityClass

  package init(
    shop: String, source: String = "push", currency: String = "", locale: String = "",
    priority: CommonV1.PriorityClass = .unspecified
  ) {
    self.shop = shop
    self.source = source
    self.currency = currency
    self.locale = locale
    self.priority = priority
  }

  /// The columns that a header lacks, as it should name them.
  package static func missing(in header: CSVHeader) -> [String] {
    let names = Set(header.names.map { $0.lowercased() })
    return required.filter { names.isDisjoint(with: $0) }.map { $0.joined(separator: " or ") }
  }

  /// - Throws: `RowFault`.
  package func product(_ header: CSVHeader, _ row: CSVRow) throws(RowFault) -> CatalogV1.ImportProduct {
    guard let id = header.value("id", in: row) else { throw RowFault("id: expected the shop's own id") }
    var product = CatalogV1.ImportProduct(line: Int64(row.line), shop: shop, externalId: id)
    product.title = header.value("title", in: row) ?? ""
    product.brand = header.value("brand", in: row) ?? ""
    product.gtinOrSku = header.value("gtin_or_sku", in: row) ?? ""
    product.categoryPath = header.value("category_path", in: row) ?? ""
    product.url = header.value("url", in: row) ?? ""
    product.imageUrl = header.value("image", in: row) ?? ""
    product.currency = header.value("currency", in: row) ?? currency
    product.locale = locale
    product.source = source
    product.priority = priority
    for (index, name) in header.names.enumerated() where !Self.known.contains(name.lowercased()) {
      guard index < row.fields.count, !name.isEmpty, !row.fields[index].isEmpty else { continue }
      // Longer texts than an attribute holds are kept by their beginning.
      product.attributes[String(name.prefix(100))] = String(row.fields[index].unicodeScalars.prefix(2000))
    }
    return product
  }
}
