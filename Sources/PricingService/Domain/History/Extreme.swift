/// A lowest or highest price and when it was first in effect.
package struct Extreme: Hashable, Sendable {
  /// Minor units.
  package var price: Int64
  package var at: Moment

  package init(price: Int64, at: Moment) {
    self.price = price
    self.at = at
  }
}
