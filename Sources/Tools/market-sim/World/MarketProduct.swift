/// A product of the demo market, the same in every shop that sells it.
package struct MarketProduct: Sendable, Hashable {
  /// From 0.
  package let number: Int
  package let title: String
  package let brand: String
  /// Parts with ` > ` between.
  package let category: String
  /// EAN-13 with its check digit; of a range that no shop uses.
  package let gtin: String
  /// What it costs as a rule, in hundredths of a lira.
  package let basePrice: Int64

  /// The id of the product in `shop`.
  package func id(in shop: MarketShop) -> String { "\(shop.idPrefix)\(1_000 + number)" }
}
