/// Questions that deals ask of the history before a moment. "Price" is the in-stock one.
extension Timeline {
  /// The lowest price in effect within `from..<to`, and when it was first; the window's start for one in effect then.
  func lowest(from: Moment, to: Moment) -> Extreme? {
    var lowest: Extreme?
    forEach(from: from, to: to) { point, start, _ in
      guard let price = point.inStockPrice, price < lowest?.price ?? .max else { return }
      lowest = Extreme(price: price, at: start)
    }
    return lowest
  }

  /// The highest price in effect within `from..<to`.
  func highest(from: Moment, to: Moment) -> Extreme? {
    var highest: Extreme?
    forEach(from: from, to: to) { point, start, _ in
      guard let price = point.inStockPrice, price > highest?.price ?? 0 else { return }
      highest = Extreme(price: price, at: start)
    }
    return highest
  }

  /// The lowest of all prices that were in effect before `moment`.
  /// - Precondition: the timeline's summary ends before `moment`.
  func lowestEver(before moment: Moment) -> Extreme? {
    let recent = points.first.flatMap { lowest(from: $0.at, to: moment) }
    guard let past = past.lowest else { return recent }
    guard let recent, recent.price < past.price else { return past }
    return recent
  }

  /// The price in effect last before `moment`, with the time since when.
  func lastPrice(before moment: Moment) -> Extreme? {
    var found: Extreme? = past.lastInStock
    for point in points where point.at < moment {
      guard let price = point.inStockPrice, price != found?.price else { continue }
      found = Extreme(price: price, at: point.at)
    }
    return found
  }

  /// How many times within `from..<to` the price became different from the one before it.
  func priceChanges(from: Moment, to: Moment) -> Int {
    steps(from: from, to: to).count
  }

  /// What the price was before the raises of 5 % or more within `from..<to`; the lowest such price. Raises without a
  /// cut between them are one.
  func priceBeforeRaise(from: Moment, to: Moment) -> Int64? {
    var lowest: Int64?
    var base: Int64?
    for step in steps(from: from, to: to) {
      guard step.price > step.before else {
        base = nil
        continue
      }
      let before = base ?? step.before
      base = before
      if Int128(step.price) * 100 >= Int128(before) * 105 { lowest = min(lowest ?? .max, before) }
    }
    return lowest
  }

  /// Each change from one price to another within `from..<to`; stock-outs between them do not matter.
  private func steps(from: Moment, to: Moment) -> [(before: Int64, price: Int64)] {
    var steps: [(before: Int64, price: Int64)] = []
    var index = firstIndex(at: from)
    var before = points[..<index].last { $0.inStockPrice != nil }?.inStockPrice ?? past.lastInStock?.price
    while index < points.count, points[index].at < to {
      defer { index += 1 }
      guard let price = points[index].inStockPrice else { continue }
      if let before, price != before, points[index].at >= from { steps.append((before, price)) }
      before = price
    }
    return steps
  }
}
