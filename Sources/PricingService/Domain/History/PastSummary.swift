/// What remains of the points that a timeline no longer holds: enough for the statistics of all time.
package struct PastSummary: Hashable, Sendable {
  /// Of price times milliseconds, in stock.
  package var weightedSum: Int128 = 0
  /// Milliseconds in stock.
  package var inStock: Int64 = 0
  /// Milliseconds out of stock or on preorder.
  package var outOfStock: Int64 = 0
  package var lowest: Extreme?
  package var highest: Extreme?
  /// How many points it stands for.
  package var count: Int64 = 0
  /// The last in-stock price of those points.
  package var lastInStock: Extreme?

  package init() {}

  package var isEmpty: Bool { count == 0 }

  /// Adds a point that held for `duration` milliseconds, and where that time began in the window.
  mutating func add(_ point: HistoryPoint, from start: Moment, duration: Int64) {
    count += 1
    switch point.availability {
    case .inStock:
      guard let price = point.price else { return }
      weightedSum += Int128(price) * Int128(duration)
      inStock += duration
      if lowest.map({ price < $0.price }) ?? true { lowest = Extreme(price: price, at: start) }
      if highest.map({ price > $0.price }) ?? true { highest = Extreme(price: price, at: start) }
      if lastInStock?.price != price { lastInStock = Extreme(price: price, at: start) }
    case .outOfStock, .preorder: outOfStock += duration
    case .unknown: break
    }
  }
}
