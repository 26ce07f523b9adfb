/// What a shop asks for a product at a moment.
package struct MarketState: Sendable, Hashable {
  /// In minor units of the shop's currency; nil while out of stock.
  package var price: Int64?
  /// What the shop says it cost before.
  package var listPrice: Int64?
  package var isInStock: Bool
  /// A slip of the shop's: the price is wrong for less than an hour.
  package var isGlitch: Bool
}
