import MeshMessages

/// The fields of a product that people decide, checked.
struct ProductDraft: Hashable, Sendable {
  var title: String
  var brand: String
  var gtin: String?
  var category: CategoryPath?
  var imageURL: String
  /// Sorted by name.
  var attributes: [Attribute]
  var isActive: Bool
  /// The raw value of `PriorityClass`; 0: normal.
  var priority: Int16

  struct Attribute: Hashable, Sendable {
    var name: String
    var value: String
  }

  /// - Throws: `InvalidField`.
  init(_ product: CatalogV1.Product) throws(InvalidField) {
    title = try FieldRules.text(product.title, "title", 1...500)
    brand = try FieldRules.text(product.brand, "brand", 0...200)
    if product.gtin.isEmpty {
      gtin = nil
    } else {
      guard let normalized = GTIN.normalized(product.gtin) else {
        throw InvalidField("gtin", "8, 12, 13 or 14 digits with a right check digit")
      }
      gtin = normalized
    }
    category = try CategoryPath(product.category, field: "category")
    imageURL = try FieldRules.webAddress(product.imageUrl, "image_url")
    attributes = try FieldRules.attributes(product.attributes)
    switch product.status {
    case .unspecified, .active: isActive = true
    case .retired: isActive = false
    default: throw InvalidField("status", "ACTIVE or RETIRED")
    }
    priority = try FieldRules.priority(product.priority)
  }

  /// What an import says of the product; a `gtin_or_sku` that is no GTIN becomes the attribute "sku".
  /// - Throws: `InvalidField`.
  init(_ row: CatalogV1.ImportProduct) throws(InvalidField) {
    title = try FieldRules.text(row.title, "title", 1...500)
    brand = try FieldRules.text(row.brand, "brand", 0...200)
    gtin = GTIN.normalized(row.gtinOrSku)
    category = try CategoryPath(row.categoryPath, field: "category_path")
    imageURL = try FieldRules.webAddress(row.imageUrl, "image")
    var named = row.attributes
    if gtin == nil, !row.gtinOrSku.isEmpty { named["sku"] = row.gtinOrSku }
    attributes = try FieldRules.attributes(named)
    isActive = true
    priority = 0
  }
}
