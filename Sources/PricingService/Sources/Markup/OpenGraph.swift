/// What a page's `<meta property>` tags say of a product: OpenGraph and the product vocabulary around it.
struct OpenGraph: Sendable, Hashable {
  /// The first content of each property, by lower-case name.
  private let contents: [String: String]

  init(_ document: HTMLDocument) {
    var contents: [String: String] = [:]
    document.forEachElement { node in
      guard node.name == "meta", let name = node.attribute("property") ?? node.attribute("name"),
        let content = node.attribute("content"), content.utf8.count <= 1_000
      else { return true }
      let key = name.lowercased()
      if contents[key] == nil, !content.allSatisfy(\.isWhitespace) { contents[key] = content }
      return contents.count < 500
    }
    self.contents = contents
  }

  private func first(_ names: String...) -> String? {
    for name in names { if let content = contents[name] { return content } }
    return nil
  }

  var price: String? { first("product:price:amount", "og:price:amount", "product:price") }
  /// Lower than `price` while there is a sale.
  var salePrice: String? { first("product:sale_price:amount", "og:sale_price:amount") }
  var originalPrice: String? { first("product:original_price:amount", "og:price:standard_amount") }
  var currency: String? {
    first(
      "product:price:currency", "og:price:currency", "product:sale_price:currency", "product:original_price:currency")
  }
  var availability: String? { first("product:availability", "og:availability", "og:product:availability") }
}
