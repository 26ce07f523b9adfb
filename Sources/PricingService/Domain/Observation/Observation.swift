/// What a source saw at a moment for a listing, normalised: in stock only with a price, prices in range.
package struct Observation: Hashable, Sendable {
  package var at: Moment
  /// Minor units of the listing's currency, above 0; nil where none was shown.
  package var price: Int64?
  /// What the shop says it cost before, in minor units, above 0.
  package var listPrice: Int64?
  package var availability: Availability
  /// Who sells on the shop's page; may be empty.
  package var seller: String

  /// The largest amount that is taken, in minor units: far above every price, and small enough that no product of the
  /// calculations overflows.
  package static let maximumAmount: Int64 = 100_000_000_000_000

  /// - Parameter availability: nil where the source says nothing: in stock with a price, out of stock without. What is
  ///   in stock but has no price cannot be told apart from a page that was not understood: it is `unknown`.
  package init(
    at: Moment, price: Int64?, listPrice: Int64? = nil, availability: Availability? = nil, seller: String = ""
  ) {
    self.at = at
    self.price = price
    self.listPrice = listPrice
    let claimed = availability ?? (price == nil ? .outOfStock : .inStock)
    self.availability = claimed == .inStock && price == nil ? .unknown : claimed
    self.seller = seller
  }

  /// Whether this one stands where `other` was seen at the same moment: in stock before others, then the lower price,
  /// then the lower list price, then the seller that sorts first. A total order, so that the order of arrival does not
  /// matter.
  package func prevails(over other: Observation) -> Bool {
    if availability != other.availability { return availability.rank < other.availability.rank }
    if price != other.price { return (price ?? .max) < (other.price ?? .max) }
    if listPrice != other.listPrice { return (listPrice ?? .max) < (other.listPrice ?? .max) }
    return seller.utf8.lexicographicallyPrecedes(other.seller.utf8)
  }
}
