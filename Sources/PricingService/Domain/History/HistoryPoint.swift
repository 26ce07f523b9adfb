/// A confirmed state of a listing that holds from its time until the next point's.
package struct HistoryPoint: Hashable, Sendable {
  package var at: Moment
  /// Minor units; nil where none was shown.
  package var price: Int64?
  package var listPrice: Int64?
  package var availability: Availability

  package init(at: Moment, price: Int64?, listPrice: Int64? = nil, availability: Availability) {
    self.at = at
    self.price = price
    self.listPrice = listPrice
    self.availability = availability
  }

  package init(_ observation: Observation) {
    self.init(
      at: observation.at, price: observation.price, listPrice: observation.listPrice,
      availability: observation.availability)
  }

  /// The price at which it can be bought: what statistics and deals are made of.
  package var inStockPrice: Int64? { availability == .inStock ? price : nil }

  /// Whether both say the same, whatever their times.
  package func states(_ other: HistoryPoint) -> Bool {
    price == other.price && listPrice == other.listPrice && availability == other.availability
  }
}
