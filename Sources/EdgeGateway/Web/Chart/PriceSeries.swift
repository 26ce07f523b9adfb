internal import MeshMessages

/// A product's best in-stock price over time, as a chart shows it.
struct PriceSeries: Sendable, Equatable {
  struct Point: Sendable, Equatable {
    /// When it began, in seconds since 1970.
    var at: Int64
    /// Minor units; nil while no shop could deliver.
    var price: Int64?
    /// What the shop with that price says it cost before.
    var listPrice: Int64?
  }

  var currency: String
  /// In order of time, each different from the one before.
  var points: [Point]
  /// When the last point ends.
  var end: Int64

  /// The most that a chart draws and a table lists.
  static let maximumPoints = 300

  /// - Parameter start: points of before that count as of then; nil for all.
  init(_ histories: [PricingV1.ListingHistory], currency: String, from start: Int64?, to end: Int64) {
    self.currency = currency
    self.end = end
    let listings = histories.filter { $0.currency == currency }
    var events: [(at: Int64, listing: Int, point: PricingV1.HistoryPoint)] = []
    for (index, listing) in listings.enumerated() {
      for point in listing.points {
        let at = max(point.at?.seconds ?? 0, start ?? .min)
        if at < end { events.append((at, index, point)) }
      }
    }
    // Of one listing they are in order already, and stay so.
    events.sort { ($0.at, $0.listing) < ($1.at, $1.listing) }
    var offers = [(price: Int64, list: Int64)?](repeating: nil, count: listings.count)
    points = []
    for (index, event) in events.enumerated() {
      offers[event.listing] = Self.offer(event.point)
      if index + 1 < events.count, events[index + 1].at == event.at { continue }
      let best = offers.compactMap { $0 }.min { $0.price < $1.price }
      let point = Point(
        at: event.at, price: best?.price, listPrice: best.flatMap { $0.list > $0.price ? $0.list : nil })
      if let last = points.last, last.price == point.price, last.listPrice == point.listPrice { continue }
      points.append(point)
    }
    thinOut()
  }

  private static func offer(_ point: PricingV1.HistoryPoint) -> (price: Int64, list: Int64)? {
    // A day has the lowest price at which it was in stock, whatever its end was like.
    if point.low > 0 { return (point.low, point.listPrice) }
    guard point.price > 0, point.availability == .inStock else { return nil }
    return (point.price, point.listPrice)
  }

  /// Of very many points, those that matter: in each stretch of time the lowest price, and the state at its end.
  private mutating func thinOut() {
    guard points.count > Self.maximumPoints, let first = points.first else { return }
    let stretches = Int64(Self.maximumPoints / 2)
    let span = max(1, end - first.at)
    var kept: [Point] = []
    var index = 0
    while index < points.count {
      let stretch = (points[index].at - first.at) * stretches / span
      var last = index
      while last + 1 < points.count, (points[last + 1].at - first.at) * stretches / span == stretch { last += 1 }
      let lowest = points[index...last].min { ($0.price ?? .max) < ($1.price ?? .max) }
      if let lowest, lowest.at != points[last].at { kept.append(lowest) }
      kept.append(points[last])
      index = last + 1
    }
    points = kept
  }

  var start: Int64 { points.first?.at ?? end }
  var prices: [Int64] { points.compactMap(\.price) }
  /// The first of the lowest, and of the highest.
  var lowest: Point? { points.filter { $0.price != nil }.min { ($0.price ?? 0) < ($1.price ?? 0) } }
  var highest: Point? { points.filter { $0.price != nil }.max { ($0.price ?? 0) < ($1.price ?? 0) } }
  /// In effect at the end; nil while out of stock.
  var current: Int64? { points.last?.price }

  /// When no shop could deliver.
  var stockOuts: [Range<Int64>] {
    points.indices.compactMap { index in
      guard points[index].price == nil else { return nil }
      let until = index + 1 < points.count ? points[index + 1].at : end
      return points[index].at < until ? points[index].at..<until : nil
    }
  }
}
