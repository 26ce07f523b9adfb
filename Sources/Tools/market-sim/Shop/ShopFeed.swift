/// The Merchant feeds of the demo shops.
struct ShopFeed: Sendable {
  let shop: MarketShop
  /// What the shop sells, and what it asks now.
  let offers: [(product: MarketProduct, state: MarketState)]
  /// Without a slash at its end.
  let base: String

  private func link(_ product: MarketProduct) -> String { "\(base)/p/\(product.id(in: shop))" }

  /// Regular and sale price as feeds have them.
  private func prices(_ state: MarketState, _ product: MarketProduct) -> (regular: String, sale: String) {
    guard let price = state.price else { return ("", "") }
    let now = "\(PriceWriting.plain(price)) \(shop.currency)"
    return state.listPrice.map { ("\(PriceWriting.plain($0)) \(shop.currency)", now) } ?? (now, "")
  }

  var tabSeparated: String {
    var text = "id\ttitle\tlink\tprice\tsale_price\tavailability\tgtin\tbrand\n"
    for (product, state) in offers {
      let prices = prices(state, product)
      text +=
        [
          product.id(in: shop), product.title, link(product), prices.regular, prices.sale,
          state.isInStock ? "in_stock" : "out_of_stock", product.gtin, product.brand,
        ].joined(separator: "\t") + "\n"
    }
    return text
  }

  var xml: String {
    var text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>\(MarkupText.html(shop.title))</title>

      """
    for (product, state) in offers {
      let prices = prices(state, product)
      text += "<item><g:id>\(product.id(in: shop))</g:id><title>\(MarkupText.html(product.title))</title>"
      text += "<link>\(MarkupText.html(link(product)))</link>"
      if !prices.regular.isEmpty { text += "<g:price>\(prices.regular)</g:price>" }
      if !prices.sale.isEmpty { text += "<g:sale_price>\(prices.sale)</g:sale_price>" }
      text += "<g:availability>\(state.isInStock ? "in_stock" : "out_of_stock")</g:availability>"
      text += "<g:gtin>\(product.gtin)</g:gtin><g:brand>\(MarkupText.html(product.brand))</g:brand></item>\n"
    }
    return text + "</channel></rss>\n"
  }
}
