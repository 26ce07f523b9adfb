/// Everything that a listing's observations amount to, up to the newest one: takes the next in order of time.
///
/// Folding a listing's observations one by one, in pieces, or all at once gives the same result. A late one needs all of
/// them folded anew.
package struct ListingFold: Hashable, Sendable {
  package private(set) var firstObservedAt: Moment?
  /// Of the newest observation, whatever became of it.
  package private(set) var lastObservedAt: Moment?
  package private(set) var glitchGuard = GlitchGuard()
  package private(set) var timeline = Timeline()
  package var deals = DealTracker()
  /// Since when the confirmed price holds.
  package private(set) var priceSince: Moment?
  /// Of the newest observation that counts.
  package private(set) var seller = ""

  package init() {}

  init(
    firstObservedAt: Moment?, lastObservedAt: Moment?, glitchGuard: GlitchGuard, timeline: Timeline,
    deals: DealTracker, priceSince: Moment?, seller: String
  ) {
    self.firstObservedAt = firstObservedAt
    self.lastObservedAt = lastObservedAt
    self.glitchGuard = glitchGuard
    self.timeline = timeline
    self.deals = deals
    self.priceSince = priceSince
    self.seller = seller
  }

  /// The last confirmed price, also while out of stock.
  package var price: Int64? { glitchGuard.current }
  package var hasUnconfirmed: Bool { glitchGuard.held != nil }

  /// How far back deals look, with a day to spare.
  package static let horizonDays = 366
  /// The points that a packed fold keeps at most.
  package static let maximumPoints = 256

  /// Whether folding this observation may need points that were left out: `restore` them first.
  package func needsHistory(for observation: Observation) -> Bool {
    guard !timeline.covers(observation.at.daysBefore(Self.horizonDays - 1)) else { return false }
    guard glitchGuard.held == nil, let last = timeline.last else { return true }
    return !last.states(HistoryPoint(observation))
  }

  /// Puts back the points that were left out, as far as deals look back.
  /// - Parameter points: the changes since a moment at which the oldest one needed was in effect, the newest last.
  package mutating func restore(_ points: [HistoryPoint], past: PastSummary) {
    timeline = Timeline(past: past, points: points)
  }

  /// Leaves out old points and those beyond `maximumPoints`.
  package mutating func prune() {
    guard let lastObservedAt else { return }
    timeline.prune(before: lastObservedAt.daysBefore(Self.horizonDays), keeping: Self.maximumPoints)
  }

  /// Takes the next observation.
  /// - Precondition: it is younger than all before it.
  package mutating func take(_ observation: Observation, rules: DealRules) -> FoldStep {
    precondition(lastObservedAt.map { $0 < observation.at } ?? true, "observations are folded in order of time")
    if firstObservedAt == nil { firstObservedAt = observation.at }
    lastObservedAt = observation.at
    let before = glitchGuard.current
    switch glitchGuard.take(observation) {
    case .accepted:
      return accept(observation, priceBefore: before, rules: rules)
    case .held:
      return FoldStep(role: .unconfirmed)
    case .aside:
      return FoldStep(role: .aside)
    case .refuted(let glitch):
      var step = accept(observation, priceBefore: before, rules: rules)
      step.resolved = .init(at: glitch.at, role: .glitch)
      return step
    case .replaced(let glitch):
      return FoldStep(role: .unconfirmed, resolved: .init(at: glitch.at, role: .glitch))
    case .confirmed(let held):
      var step = accept(held, priceBefore: before, rules: rules)
      let resolved = FoldStep.Resolved(at: held.at, role: step.role)
      let next = accept(observation, priceBefore: held.price, rules: rules)
      step.role = next.role
      step.resolved = resolved
      step.changes += next.changes
      return step
    }
  }

  private mutating func accept(_ observation: Observation, priceBefore: Int64?, rules: DealRules) -> FoldStep {
    seller = observation.seller
    let point = HistoryPoint(observation)
    let old = timeline.last
    guard old.map({ !$0.states(point) }) ?? true else { return FoldStep(role: .repeated) }
    var changes: [ListingChange] = []
    let first = firstObservedAt ?? observation.at
    let dealChanges = deals.take(point, after: timeline, firstObservedAt: first, rules: rules)
    if let price = point.price, price != priceBefore {
      priceSince = point.at
      changes.append(.price(priceChange(point, price: price, old: priceBefore)))
    }
    if let old, old.availability != point.availability {
      let price = point.price ?? priceBefore
      changes.append(
        .stock(StockChange(at: point.at, old: old.availability, availability: point.availability, price: price)))
    }
    timeline.append(point)
    // Closings stand before, so that others never see two open deals of a listing.
    return FoldStep(role: .change, changes: dealChanges.map { .deal($0) } + changes)
  }

  private func priceChange(_ point: HistoryPoint, price: Int64, old: Int64?) -> PriceChange {
    let at = point.at
    let ever = timeline.lowestEver(before: at)?.price
    let isTracked = firstObservedAt.map { at - $0 >= Int64(DealRules.allTimeLowDays) * Moment.day } ?? false
    let isLow = ever.map { Rounding.isBelow(price, $0, byAtLeast: DealRules.allTimeLowMargin) } ?? false
    return PriceChange(
      at: at, old: old, price: price, listPrice: point.listPrice, availability: point.availability,
      isAllTimeLow: isTracked && isLow && point.inStockPrice != nil,
      lowest30Days: timeline.lowest(from: at.daysBefore(30), to: at)?.price,
      lowest90Days: timeline.lowest(from: at.daysBefore(90), to: at)?.price,
      lowest365Days: timeline.lowest(from: at.daysBefore(365), to: at)?.price, lowestEver: ever,
      deal: point.inStockPrice == nil ? nil : deals.deal)
  }

  /// The fold as it is at `moment` when nothing more is seen, and the listing dropped at `removedAt`.
  package func projected(to moment: Moment, removedAt: Moment? = nil) -> (DealTracker, [DealTracker.Change]) {
    var tracker = deals
    if let removedAt, removedAt <= moment {
      let changes = tracker.remove(at: max(removedAt, lastObservedAt ?? removedAt))
      return (tracker, changes)
    }
    let changes = tracker.advance(to: moment)
    return (tracker, changes)
  }
}

extension ListingFold {
  /// Folds a listing's whole record.
  /// - Parameter observations: in order of time, one for a moment.
  /// - Returns: the fold, and what each observation is.
  package static func replay(
    _ observations: [Observation], rules: DealRules
  ) -> (fold: ListingFold, roles: [ObservationRole], changes: [ListingChange]) {
    var fold = ListingFold()
    var roles: [ObservationRole] = []
    roles.reserveCapacity(observations.count)
    var changes: [ListingChange] = []
    var heldIndex = 0
    for (index, observation) in observations.enumerated() {
      let step = fold.take(observation, rules: rules)
      roles.append(step.role)
      if let resolved = step.resolved, observations[heldIndex].at == resolved.at { roles[heldIndex] = resolved.role }
      if step.role == .unconfirmed { heldIndex = index }
      changes += step.changes
    }
    return (fold, roles, changes)
  }
}
