/// The market's past as files in the import format: `products.csv` and `prices.csv` for each shop.
package struct HistoryExport: Sendable {
  package let world: MarketWorld
  /// Days of history.
  package let days: Int
  /// Its end, in seconds since 1970.
  package let until: Int64
  /// Where the shops will be, without a slash at the end.
  package let base: @Sendable (MarketShop) -> String

  package init(world: MarketWorld, days: Int, until: Int64, base: @escaping @Sendable (MarketShop) -> String) {
    self.world = world
    self.days = days
    self.until = until
    self.base = base
  }

  package func products(of shop: MarketShop) -> String {
    var text = "id,gtin_or_sku,title,brand,category_path,url,image,currency\n"
    for product in world.products(of: shop) {
      let id = product.id(in: shop)
      text +=
        [
          id, product.gtin, product.title, product.brand, product.category, "\(base(shop))/p/\(id)",
          "\(base(shop))/img/\(id).svg", shop.currency,
        ].map(Self.field).joined(separator: ",") + "\n"
    }
    return text
  }

  /// One row for each change, with slips of the shops left in, as somebody who looked all the time would have them.
  package func prices(of shop: MarketShop) -> String {
    var text = "product_id,observed_at,price,list_price,availability\n"
    let slot = MarketWorld.slot
    let first = (until - Int64(days) * 86_400) / slot * slot
    for product in world.products(of: shop) {
      var last: MarketState?
      var moment = first
      while moment <= until {
        let state = world.state(shop, product, at: moment)
        if state != last {
          text +=
            [
              product.id(in: shop), Timestamp.text(moment), state.price.map(PriceWriting.plain) ?? "",
              state.listPrice.map(PriceWriting.plain) ?? "", state.isInStock ? "in_stock" : "out_of_stock",
            ].joined(separator: ",") + "\n"
          last = state
        }
        moment += slot
      }
    }
    return text
  }

  static func field(_ text: String) -> String {
    guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
