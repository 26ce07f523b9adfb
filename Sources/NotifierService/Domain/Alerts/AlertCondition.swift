/// How an event bears on an alert's condition.
enum AlertCondition: Sendable {
  /// Says nothing about it.
  case untouched
  /// It does not hold for the event's listing.
  case fails
  /// It holds for the event's listing, and goes on until it fails.
  case holds(FireReason)
  /// It came about in this moment.
  case happened(FireReason)
  /// It holds for the event's listing, and that is no news: its stock flaps, or another listing has what is wanted.
  case joins(AlertDecision.HoldReason?)
}

extension Alert {
  /// Judges the event alone, with what is remembered of its listing.
  func condition(on event: MarketEvent) -> AlertCondition {
    switch (rule, event.change) {
    case (.targetPrice(let target), _):
      level(target, event) { .targetReached(target: target) }
    case (.drop(let drop), _):
      if let base = state.dropBase(drop.base), let threshold = drop.threshold(from: base) {
        level(threshold, event) { .dropped(from: base) }
      } else {
        .untouched
      }
    case (.anyChange, .price(let change)): priceMove(change, of: event.listing)
    case (.backInStock, .stock(let change)): stockReturn(change, event)
    case (.allTimeLow, .price(let change)):
      change.availability == .inStock && change.isAllTimeLow ? .happened(.allTimeLow) : .untouched
    case (.lowestInDays(let days), .price(let change)): newLow(change, days)
    case (.dealInCategory(let wanted), .deal(let deal)):
      wanted.covers(event.category) && deal.summary.realDiscount >= wanted.minimumDiscount
        && (!wanted.isGenuineOnly || deal.summary.verdict == .genuine)
        ? .happened(.deal(deal.summary)) : .untouched
    default: .untouched
    }
  }

  /// At or below a threshold while it can be bought. Between the threshold and the margin above it nothing changes.
  private func level(_ threshold: Money, _ event: MarketEvent, _ reason: () -> FireReason) -> AlertCondition {
    guard let offer = event.offer else { return .untouched }
    switch offer.availability {
    case .outOfStock: return .fails
    case .unknown: return .untouched
    case .inStock, .preorder: break
    }
    guard let price = offer.price, price.currency == threshold.currency else { return .untouched }
    if price.minorUnits <= threshold.minorUnits { return .holds(reason()) }
    return PriceTolerance.isClearlyAbove(price.minorUnits, threshold.minorUnits) ? .fails : .untouched
  }

  private func priceMove(_ change: PriceChange, of listing: Int64) -> AlertCondition {
    guard change.availability != .outOfStock, let old = change.oldPrice, old.currency == change.price.currency else {
      return .untouched
    }
    let told = state.memory(of: listing).toldPrice ?? old.minorUnits
    return PriceTolerance.isNoise(from: told, to: change.price.minorUnits)
      ? .untouched : .happened(.changed(from: Money(told, old.currency)))
  }

  private func stockReturn(_ change: StockChange, _ event: MarketEvent) -> AlertCondition {
    switch change.availability {
    case .outOfStock: return .fails
    case .preorder, .unknown: return .untouched
    case .inStock:
      let memory = state.memory(of: event.listing)
      guard !memory.holds else { return .untouched }
      if let since = memory.outSince {
        if event.observedAt.elapsed(since: since) < PriceTolerance.stockGap { return .joins(.flapping) }
      } else if change.oldAvailability == .unknown {
        // Nobody has seen it out of stock.
        return .joins(nil)
      }
      return state.holds ? .joins(nil) : .happened(.backInStock)
    }
  }

  private func newLow(_ change: PriceChange, _ days: Int) -> AlertCondition {
    guard change.availability == .inStock, let earlier = change.lowest(inDays: days),
      earlier.currency == change.price.currency, change.price.minorUnits < earlier.minorUnits
    else { return .untouched }
    return .happened(.lowestInDays(days))
  }
}

extension MarketEvent {
  /// At which price and whether the listing can be bought now; nil for a deal, whose price is told on its own.
  var offer: (price: Money?, availability: Availability)? {
    switch change {
    case .price(let change): (change.price, change.availability)
    case .stock(let change): (change.price, change.availability)
    case .deal: nil
    }
  }

  /// The price that a message shows.
  var price: Money? {
    switch change {
    case .price(let change): change.price
    case .stock(let change): change.price
    case .deal(let deal): deal.price
    }
  }
}

extension AlertState {
  fileprivate func dropBase(_ base: AlertRule.Drop.Base) -> Money? {
    switch base {
    case .priceAtCreation: basePrice
    case .lastNotified: lastFired?.price ?? basePrice
    }
  }
}
