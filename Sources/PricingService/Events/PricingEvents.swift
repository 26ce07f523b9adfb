package import MeshMessages

/// Changes as other services are told of them.
package enum PricingEvents {
  /// The event for a change; nil for one that nobody is told of.
  package static func event(_ change: ListingChange, of facts: ListingFacts, at now: Moment) -> PricingV1.PricingEvent?
  {
    var event = PricingV1.PricingEvent()
    event.occurredAt = GoogleProtobuf.Timestamp(now)
    switch change {
    case .price(let change): event.change = .priceChanged(priceChanged(change, facts))
    case .stock(let change): event.change = .stockChanged(stockChanged(change, facts))
    case .deal(.opened(let deal)): event.change = .dealOpened(PricingV1.Deal(deal, of: facts))
    case .deal(.closed(let deal)): event.change = .dealClosed(PricingV1.Deal(deal, of: facts))
    case .deal(.marked): return nil
    }
    return event
  }

  /// The event for an open deal that a late observation undid: closed, without a reason, as if it had not been.
  package static func withdrawn(_ deal: Deal, of facts: ListingFacts, at now: Moment) -> PricingV1.PricingEvent {
    var message = PricingV1.Deal(deal, of: facts)
    message.closedAt = GoogleProtobuf.Timestamp(deal.openedAt)
    var event = PricingV1.PricingEvent()
    event.occurredAt = GoogleProtobuf.Timestamp(now)
    event.change = .dealClosed(message)
    return event
  }

  private static func priceChanged(_ change: PriceChange, _ facts: ListingFacts) -> PricingV1.PriceChanged {
    func money(_ amount: Int64?) -> CommonV1.Money? { CommonV1.Money(amount, facts.currency) }
    var message = PricingV1.PriceChanged()
    message.listingId = facts.id
    message.productId = facts.productID
    message.shop = facts.shop
    message.productTitle = facts.title
    message.category = facts.category
    message.oldPrice = money(change.old)
    message.price = money(change.price)
    message.listPrice = money(change.listPrice)
    message.availability = CommonV1.Availability(change.availability)
    message.observedAt = GoogleProtobuf.Timestamp(change.at)
    message.allTimeLow = change.isAllTimeLow
    message.lowest30Days = money(change.lowest30Days)
    message.lowest90Days = money(change.lowest90Days)
    message.lowest365Days = money(change.lowest365Days)
    message.lowestEver = money(change.lowestEver)
    if let deal = change.deal {
      message.dealId = deal.id
      message.discountBasisPoints = UInt32(clamping: deal.realDiscount)
      message.verdict = CommonV1.Verdict(deal.verdict)
    }
    message.url = facts.url
    return message
  }

  private static func stockChanged(_ change: StockChange, _ facts: ListingFacts) -> PricingV1.StockChanged {
    var message = PricingV1.StockChanged()
    message.listingId = facts.id
    message.productId = facts.productID
    message.shop = facts.shop
    message.productTitle = facts.title
    message.category = facts.category
    message.oldAvailability = CommonV1.Availability(change.old)
    message.availability = CommonV1.Availability(change.availability)
    message.price = CommonV1.Money(change.price, facts.currency)
    message.observedAt = GoogleProtobuf.Timestamp(change.at)
    message.url = facts.url
    return message
  }
}
