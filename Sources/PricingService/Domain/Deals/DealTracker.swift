/// Follows a listing's confirmed points and keeps its reduction and its open deal.
package struct DealTracker: Hashable, Sendable {
  /// The last in-stock price.
  package var lastPrice: Int64?
  /// Since when it is not in stock, after it was.
  package var outSince: Moment?
  package var reduction: Reduction?
  /// The open one.
  package var deal: Deal?

  package init() {}

  /// What happened to a deal.
  package enum Change: Hashable, Sendable {
    /// Opened, or judged anew after a further cut.
    case opened(Deal)
    case closed(Deal)
    /// Went out of stock, or came back.
    case marked(Deal)
  }

  /// Takes the next point.
  /// - Parameter history: the timeline before the point.
  mutating func take(
    _ point: HistoryPoint, after history: Timeline, firstObservedAt: Moment, rules: DealRules
  ) -> [Change] {
    var changes = advance(to: point.at)
    guard let price = point.inStockPrice else {
      if lastPrice != nil, outSince == nil {
        outSince = point.at
        if deal != nil { deal?.isOutOfStock = true }
        if let deal { changes.append(.marked(deal)) }
      }
      return changes
    }
    let before = lastPrice
    let returnedFrom = outSince
    lastPrice = price
    outSince = nil
    guard let before else { return changes }
    let isBreak = returnedFrom.map { Self.endsReduction(outSince: $0, at: point.at) } ?? false
    let context = CutContext(
      point: point, price: price, before: before, hasReturned: returnedFrom != nil, history: history,
      firstObservedAt: firstObservedAt, rules: rules)
    if isBreak ? context.isAllTimeLow : price < before {
      changes += cut(context)
    } else if !isBreak, price > before {
      reduction = nil
      changes += close(at: point.at, .priceRose)
    } else if returnedFrom != nil, deal != nil {
      deal?.isOutOfStock = false
      deal?.flags.insert(.backInStock)
      if let deal { changes.append(.marked(deal)) }
    }
    return changes
  }

  /// Lets time pass up to `moment` without an observation: ends what ends by itself.
  package mutating func advance(to moment: Moment) -> [Change] {
    let isGone = outSince.map { Self.endsReduction(outSince: $0, at: moment) } ?? false
    var changes: [Change] = []
    if let deal, deal.expiresAt <= moment {
      // What comes first stands, and a stock-out tells only after its 7 days.
      let comesFirst = outSince.map { !Self.endsReduction(outSince: $0, at: deal.expiresAt) } ?? true
      if comesFirst { changes += close(at: deal.expiresAt, .expired) }
    }
    if isGone, let outSince {
      reduction = nil
      changes += close(at: outSince, .outOfStock)
    }
    return changes
  }

  /// The moment at which `advance` next changes the deal; nil without a deal.
  package var deadline: Moment? {
    guard let deal else { return nil }
    guard let outSince else { return deal.expiresAt }
    return min(deal.expiresAt, outSince.daysAfter(DealRules.stockOutDays) + 1)
  }

  /// Ends the deal because the listing is gone.
  package mutating func remove(at moment: Moment) -> [Change] {
    let changes = advance(to: moment)
    reduction = nil
    return changes + close(at: moment, .listingRemoved)
  }

  private mutating func cut(_ context: CutContext) -> [Change] {
    if reduction == nil {
      reduction = Reduction(
        startingAt: context.point.at, after: context.history, firstObservedAt: context.firstObservedAt,
        rules: context.rules)
    }
    guard let reduction else { return [] }
    let isDiscount = Rounding.isBelow(
      context.price, reduction.reference.price, byAtLeast: context.rules.minimumDiscount)
    guard deal != nil || isDiscount || context.isAllTimeLow else { return [] }
    let next = context.judge(reduction, openedAt: deal?.openedAt ?? context.point.at, id: deal?.id ?? 0)
    deal = next
    return [.opened(next)]
  }

  private mutating func close(at moment: Moment, _ reason: DealClosure.Reason) -> [Change] {
    guard var closed = deal else { return [] }
    deal = nil
    closed.closure = DealClosure(at: moment, reason: reason)
    return [.closed(closed)]
  }

  /// Whether a stock-out since `outSince` has lasted more than 7 days at `moment`.
  private static func endsReduction(outSince: Moment, at moment: Moment) -> Bool {
    moment - outSince > Int64(DealRules.stockOutDays) * Moment.day
  }
}
