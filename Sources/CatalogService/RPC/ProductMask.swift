import MeshMessages

/// Which fields of a product an update names.
struct ProductMask {
  private static let all = [
    "title", "brand", "gtin", "category", "image_url", "attributes", "status", "priority",
  ]

  private let paths: Set<String>

  /// - Throws: `InvalidField` for a path that is none.
  init(_ paths: [String]) throws(InvalidField) {
    for path in paths where !Self.all.contains(path) {
      throw InvalidField("update_mask", "of " + Self.all.joined(separator: ", "))
    }
    self.paths = Set(paths.isEmpty ? Self.all : paths)
  }

  /// The product as it is to be: named fields from `wanted`, the others as stored.
  func merged(_ stored: StoredProduct, with wanted: CatalogV1.Product) -> CatalogV1.Product {
    var product = stored.message
    if paths.contains("title") { product.title = wanted.title }
    if paths.contains("brand") { product.brand = wanted.brand }
    if paths.contains("gtin") { product.gtin = wanted.gtin }
    if paths.contains("category") { product.category = wanted.category }
    if paths.contains("image_url") { product.imageUrl = wanted.imageUrl }
    if paths.contains("attributes") { product.attributes = wanted.attributes }
    if paths.contains("status") { product.status = wanted.status }
    if paths.contains("priority") { product.priority = wanted.priority }
    return product
  }
}

extension StoredProduct {
  fileprivate var message: CatalogV1.Product {
    var product = CatalogV1.Product(id: id, title: title, brand: brand, gtin: gtin ?? "", category: categoryPath)
    product.imageUrl = imageURL
    for index in stride(from: 0, to: attributes.count - 1, by: 2) {
      product.attributes[attributes[index]] = attributes[index + 1]
    }
    product.status = isActive ? .active : .retired
    product.priority = CommonV1.PriorityClass(rawValue: Int32(priority))
    return product
  }
}
