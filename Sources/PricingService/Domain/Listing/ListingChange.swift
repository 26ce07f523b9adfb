/// What an observation changed for a listing: what others are told.
package enum ListingChange: Hashable, Sendable {
  case price(PriceChange)
  case stock(StockChange)
  case deal(DealTracker.Change)
}

/// A confirmed price that differs from the one before it.
package struct PriceChange: Hashable, Sendable {
  package var at: Moment
  /// Nil for the first price.
  package var old: Int64?
  package var price: Int64
  package var listPrice: Int64?
  package var availability: Availability
  package var isAllTimeLow: Bool
  /// The lowest in-stock price in effect during the 30, 90 and 365 days before, and ever.
  package var lowest30Days: Int64?
  package var lowest90Days: Int64?
  package var lowest365Days: Int64?
  package var lowestEver: Int64?
  /// The open deal that this price is part of.
  package var deal: Deal?
}

/// A change of availability.
package struct StockChange: Hashable, Sendable {
  package var at: Moment
  package var old: Availability
  package var availability: Availability
  /// The last confirmed price.
  package var price: Int64?
}
