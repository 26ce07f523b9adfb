/// A cut, and what its judgement needs to know.
struct CutContext {
  var point: HistoryPoint
  var price: Int64
  /// The in-stock price before it.
  var before: Int64
  /// It came with the end of a stock-out.
  var hasReturned: Bool
  /// Up to the cut, without it.
  var history: Timeline
  var firstObservedAt: Moment
  var rules: DealRules

  /// Tracked for 35 days or more.
  private var isTrackedLongEnough: Bool {
    point.at - firstObservedAt >= Int64(DealRules.allTimeLowDays) * Moment.day
  }

  /// At least 3 % below every earlier price of a listing tracked for 35 days or more.
  var isAllTimeLow: Bool {
    guard isTrackedLongEnough, let lowest = history.lowestEver(before: point.at) else { return false }
    return Rounding.isBelow(price, lowest.price, byAtLeast: DealRules.allTimeLowMargin)
  }

  /// The deal that this cut makes of its reduction.
  func judge(_ reduction: Reduction, openedAt: Moment, id: Int64) -> Deal {
    var flags: DealFlags = []
    if isTrackedLongEnough,
      Rounding.isBelow(price, reduction.earlierLowest.price, byAtLeast: DealRules.allTimeLowMargin)
    {
      flags.insert(.allTimeLow)
    }
    if firstObservedAt <= point.at.daysBefore(90),
      history.lowest(from: point.at.daysBefore(90), to: point.at).map({ price <= $0.price }) ?? true
    {
      flags.insert(.lowest90Days)
    }
    if hasReturned { flags.insert(.backInStock) }
    let (verdict, reason) = reduction.judge(price: price, listPrice: point.listPrice)
    let score = DealScore(
      price: price, realDiscount: Rounding.discount(price, below: reduction.reference.price),
      range: range, isAllTimeLow: flags.contains(.allTimeLow), verdict: verdict,
      changes: history.priceChanges(from: point.at.daysBefore(90), to: point.at))
    var deal = Deal(
      openedAt: openedAt, updatedAt: point.at, price: price, previousPrice: before, listPrice: point.listPrice,
      reduction: reduction, verdict: verdict, reason: reason, score: score, flags: flags)
    deal.id = id
    return deal
  }

  /// The lowest and highest price in effect during the 365 days before.
  private var range: (lowest: Int64, highest: Int64)? {
    let start = point.at.daysBefore(365)
    guard let lowest = history.lowest(from: start, to: point.at),
      let highest = history.highest(from: start, to: point.at)
    else { return nil }
    return (lowest.price, highest.price)
  }
}
