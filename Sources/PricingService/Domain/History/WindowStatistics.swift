/// What prices did within a window that ends at a moment (DOMAIN: "Statistics").
package struct WindowStatistics: Hashable, Sendable {
  /// The window's length; 0: all time.
  package var days: Int
  /// Weighted by how long each price held, rounded half to even, in minor units; nil if never in stock.
  package var average: Int64?
  package var lowest: Extreme?
  package var highest: Extreme?
  /// Share of the observed time out of stock or on preorder, in basis points.
  package var outOfStockBasisPoints: Int64

  /// The windows that are reported, in order.
  package static let windows = [30, 90, 180, 365, 0]

  /// - Parameters:
  ///   - timeline: covers the window, or for all time has a summary of what it left out.
  ///   - asOf: the window's end; what began at this very moment counts, without weight.
  package init(days: Int, of timeline: Timeline, asOf: Moment) {
    self.days = days
    let first = timeline.points.first?.at ?? asOf
    let start = days == 0 ? first : asOf.daysBefore(days)
    var sum = days == 0 ? timeline.past : PastSummary()
    timeline.forEach(from: start, to: asOf) { point, from, to in sum.add(point, from: from, duration: to - from) }
    if let state = timeline.state(at: asOf), state.at == asOf {
      sum.add(state, from: asOf, duration: 0)
    }
    lowest = sum.lowest
    highest = sum.highest
    if sum.inStock > 0 {
      average = Int64(clamping: Rounding.halfEven(sum.weightedSum, Int128(sum.inStock)))
    } else {
      average = timeline.state(at: asOf)?.inStockPrice
    }
    let observed = sum.inStock + sum.outOfStock
    outOfStockBasisPoints = observed > 0 ? Rounding.basisPoints(sum.outOfStock, of: observed) : 0
  }
}

/// The statistics of a listing or a product at a moment.
package struct PriceStatistics: Hashable, Sendable {
  package var asOf: Moment
  /// The price in effect, in stock.
  package var price: Int64?
  package var windows: [WindowStatistics]
  package var firstObservedAt: Moment?

  /// - Parameters:
  ///   - timeline: what happened after `asOf` does not count.
  ///   - firstObservedAt: of the listing or product; nil before the first observation.
  package init(of timeline: Timeline, firstObservedAt: Moment?, asOf: Moment) {
    let known = timeline.upTo(asOf)
    self.asOf = asOf
    price = known.state(at: asOf)?.inStockPrice
    windows = WindowStatistics.windows.map { WindowStatistics(days: $0, of: known, asOf: asOf) }
    self.firstObservedAt = firstObservedAt.flatMap { $0 <= asOf ? $0 : nil }
  }
}
