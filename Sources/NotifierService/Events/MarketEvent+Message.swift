internal import MeshMessages

extension MarketEvent {
  /// Reads what pricing tells. Nil for what no alert can be about: a closed deal, a kind of event that is newer than
  /// this program, or an event without what its contract promises.
  init?(_ event: PricingV1.PricingEvent) {
    guard let position = event.position, let occurredAt = event.occurredAt?.unixTime else { return nil }
    let key = EventKey(transaction: position.transaction, sequence: position.sequence)
    switch event.change {
    case .priceChanged(let change):
      guard let price = change.price else { return nil }
      self.init(
        position: key, occurredAt: occurredAt, observedAt: change.observedAt?.unixTime ?? occurredAt,
        listing: change.listingId, product: change.productId, shop: change.shop, title: change.productTitle,
        category: change.category, url: change.url, change: .price(PriceChange(change, price: Money(price))))
    case .stockChanged(let change):
      self.init(
        position: key, occurredAt: occurredAt, observedAt: change.observedAt?.unixTime ?? occurredAt,
        listing: change.listingId, product: change.productId, shop: change.shop, title: change.productTitle,
        category: change.category, url: change.url,
        change: .stock(
          StockChange(
            oldAvailability: Availability(change.oldAvailability), availability: Availability(change.availability),
            price: change.price.map { Money($0) })))
    case .dealOpened(let deal):
      guard let price = deal.price else { return nil }
      self.init(
        position: key, occurredAt: occurredAt,
        observedAt: (deal.updatedAt ?? deal.openedAt)?.unixTime ?? occurredAt, listing: deal.listingId,
        product: deal.productId, shop: deal.shop, title: deal.productTitle, category: deal.category, url: deal.url,
        change: .deal(
          DealOpening(
            id: deal.id, price: Money(price), previousPrice: deal.previousPrice.map { Money($0) },
            summary: DealSummary(
              realDiscount: Int(deal.realDiscountBasisPoints), verdict: Verdict(deal.verdict) ?? .unknown))))
    case .dealClosed, nil: return nil
    }
  }
}

extension PriceChange {
  fileprivate init(_ change: PricingV1.PriceChanged, price: Money) {
    self.init(
      oldPrice: change.oldPrice.map { Money($0) }, price: price, availability: Availability(change.availability),
      isAllTimeLow: change.allTimeLow, lowest30Days: change.lowest30Days.map { Money($0) },
      lowest90Days: change.lowest90Days.map { Money($0) }, lowest365Days: change.lowest365Days.map { Money($0) })
    if change.dealId != 0 {
      deal = DealSummary(
        realDiscount: Int(change.discountBasisPoints), verdict: Verdict(change.verdict) ?? .unknown)
    }
  }
}

extension Availability {
  fileprivate init(_ availability: CommonV1.Availability) {
    switch availability {
    case .inStock: self = .inStock
    case .outOfStock: self = .outOfStock
    case .preorder: self = .preorder
    default: self = .unknown
    }
  }
}

extension Verdict {
  fileprivate init?(_ verdict: CommonV1.Verdict) {
    switch verdict {
    case .genuine: self = .genuine
    case .inflated: self = .inflated
    case .unknown: self = .unknown
    default: return nil
    }
  }
}
