extension Alert {
  /// Decides what an event means. A function of its arguments alone: the moments that count are the event's own.
  ///
  /// - Parameter wasDealTold: whether this alert has told of the event's deal before.
  func decide(on event: MarketEvent, wasDealTold: Bool = false) -> AlertDecision {
    guard state.endedAt == nil, event.occurredAt < expiresAt, event.occurredAt >= createdAt, watches(event) else {
      return AlertDecision(outcome: .nothing, state: state)
    }
    var alert = self
    alert.learnBase(from: event)
    let condition = alert.condition(on: event)
    var decision = AlertDecision(outcome: .nothing, state: alert.state)
    decision.state.follow(event, rule: rule)
    switch condition {
    case .untouched: break
    case .fails: decision.state.setHolds(false, for: event.listing)
    case .joins(let hold):
      decision.state.setHolds(true, for: event.listing)
      if let hold { decision.outcome = .hold(hold) }
    case .holds(let reason):
      let held = alert.state.holds
      alert.decide(reason, event, isLasting: true, hasHeld: held, &decision)
    case .happened(let reason):
      if case .deal = reason, wasDealTold { break }
      alert.decide(reason, event, isLasting: false, hasHeld: false, &decision)
    }
    return decision
  }

  private func decide(
    _ reason: FireReason, _ event: MarketEvent, isLasting: Bool, hasHeld: Bool, _ decision: inout AlertDecision
  ) {
    // These do not use the condition up: it is told when the alert is at work again and the price moves.
    if isPaused {
      decision.outcome = .hold(.paused)
      return
    }
    guard event.isNews else {
      decision.outcome = .hold(.history)
      return
    }
    if isLasting || reason == .backInStock { decision.state.setHolds(true, for: event.listing) }
    if hasHeld, !repeatsWhileTrue { return }
    if let hold = reasonToHold(reason, event, hasHeld: hasHeld) {
      decision.outcome = .hold(hold)
      return
    }
    decision.outcome = .fire(reason)
    decision.state.fired(event, rule: rule)
    if rearm == .once { decision.state.endedAt = event.occurredAt }
  }

  private var repeatsWhileTrue: Bool {
    if case .after = rearm { true } else { false }
  }

  private func reasonToHold(_ reason: FireReason, _ event: MarketEvent, hasHeld: Bool) -> AlertDecision.HoldReason? {
    guard let last = state.lastFired else { return nil }
    if case .after(let pause) = rearm {
      if event.occurredAt.elapsed(since: last.at) < pause { return .rearming }
      guard hasHeld, let told = last.price, let price = event.price, told.currency == price.currency else { return nil }
      return PriceTolerance.isNoise(from: told.minorUnits, to: price.minorUnits) ? .repetition : nil
    }
    switch reason {
    // Each deal is told once, and each change of a price that is no noise is a new one.
    case .deal, .changed: return nil
    default: break
    }
    guard event.occurredAt.elapsed(since: last.at) < PriceTolerance.repetition else { return nil }
    if reason == .backInStock { return .repetition }
    guard let told = last.price, let price = event.price, told.currency == price.currency else { return .repetition }
    return PriceTolerance.isClearlyBelow(price.minorUnits, told.minorUnits) ? nil : .repetition
  }

  /// Where no price was known when the alert was made, the first one seen is the base.
  private mutating func learnBase(from event: MarketEvent) {
    guard state.basePrice == nil, subject != .category, let offer = event.offer, offer.availability != .outOfStock,
      let price = offer.price
    else { return }
    if case .drop(let drop) = rule, case .amount(let amount) = drop.by, amount.currency != price.currency { return }
    state.basePrice = price
  }
}

extension AlertState {
  fileprivate mutating func setHolds(_ holds: Bool, for listing: Int64) {
    var memory = memory(of: listing)
    memory.holds = holds
    remember(memory, of: listing)
  }

  /// Keeps what later events are compared with.
  fileprivate mutating func follow(_ event: MarketEvent, rule: AlertRule) {
    var memory = memory(of: event.listing)
    switch (rule, event.change) {
    case (.anyChange, .price(let change)):
      memory.toldPrice = memory.toldPrice ?? change.oldPrice?.minorUnits ?? change.price.minorUnits
    case (.backInStock, .stock(let change)):
      switch change.availability {
      case .outOfStock: memory.outSince = memory.outSince ?? event.observedAt
      case .inStock: memory.outSince = nil
      case .preorder, .unknown: break
      }
    default: return
    }
    remember(memory, of: event.listing)
  }

  fileprivate mutating func fired(_ event: MarketEvent, rule: AlertRule) {
    lastFired = Firing(at: event.occurredAt, price: event.price)
    switch rule {
    case .anyChange:
      var memory = memory(of: event.listing)
      memory.toldPrice = event.price?.minorUnits
      remember(memory, of: event.listing)
    case .drop(let drop) where drop.base == .lastNotified:
      // The base has moved to this price: nothing is below it by so much any more.
      listings = [:]
    default: break
    }
  }
}
