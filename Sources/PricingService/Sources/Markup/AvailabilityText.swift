/// What the words of schema.org, OpenGraph and Merchant feeds say of stock.
enum AvailabilityText {
  /// Nil when `text` is not a word that is known. `https://schema.org/InStock`, `in stock`, `in_stock`, `oos`.
  static func read(_ text: String) -> Availability? {
    let last = text.split(whereSeparator: { $0 == "/" || $0 == "#" }).last.map(String.init) ?? ""
    return table[last.lowercased().filter { $0.isLetter }]
  }

  private static let table: [String: Availability] = [
    "instock": .inStock, "limitedavailability": .inStock, "onlineonly": .inStock, "madetoorder": .inStock,
    "availablefororder": .inStock, "available": .inStock,
    "outofstock": .outOfStock, "soldout": .outOfStock, "discontinued": .outOfStock, "oos": .outOfStock,
    "reserved": .outOfStock, "unavailable": .outOfStock,
    // Cannot be delivered, only fetched.
    "instoreonly": .outOfStock,
    "preorder": .preorder, "presale": .preorder, "backorder": .preorder, "pending": .preorder,
  ]
}
