package import MeshMessages

// Domain values as the contracts write them.

extension GoogleProtobuf.Timestamp {
  package init(_ moment: Moment) {
    let (quotient, remainder) = moment.milliseconds.quotientAndRemainder(dividingBy: 1000)
    let isBefore = remainder < 0
    self.init()
    seconds = isBefore ? quotient - 1 : quotient
    nanos = Int32((isBefore ? remainder + 1000 : remainder) * 1_000_000)
  }
}

extension Moment {
  /// A contract's time, cut to the millisecond; nil outside of the years 1 to 9999, or with nanoseconds out of range.
  package init?(_ timestamp: GoogleProtobuf.Timestamp) {
    guard (-62_135_596_800...253_402_300_799).contains(timestamp.seconds), (0...999_999_999).contains(timestamp.nanos)
    else { return nil }
    self.init(milliseconds: timestamp.seconds * 1000 + Int64(timestamp.nanos) / 1_000_000)
  }
}

extension CommonV1.Money {
  /// Nil for no amount.
  package init?(_ minorUnits: Int64?, _ currency: String) {
    guard let minorUnits else { return nil }
    self.init()
    self.currency = currency
    self.minorUnits = minorUnits
  }
}

extension CommonV1.Availability {
  /// The numbers are the same.
  package init(_ availability: Availability) { self.init(rawValue: Int32(availability.rawValue)) }
}

extension CommonV1.Verdict {
  /// The numbers are the same.
  package init(_ verdict: DealVerdict) { self.init(rawValue: Int32(verdict.rawValue)) }
}

extension PricingV1.Deal {
  package init(_ deal: Deal, of facts: ListingFacts) {
    self.init()
    id = deal.id
    listingId = facts.id
    productId = facts.productID
    shop = facts.shop
    category = facts.category
    productTitle = facts.title
    price = CommonV1.Money(deal.price, facts.currency)
    evidence = PricingV1.DealEvidence(deal, facts.currency)
    realDiscountBasisPoints = UInt32(clamping: deal.realDiscount)
    claimedDiscountBasisPoints = deal.claimedDiscount.map { Int32(clamping: $0) }
    verdict = CommonV1.Verdict(deal.verdict)
    verdictReason = PricingV1.VerdictReason(rawValue: Int32(deal.reason.rawValue))
    score = PricingV1.DealScore(deal.score)
    if deal.flags.contains(.allTimeLow) { flags.append(.allTimeLow) }
    if deal.flags.contains(.lowest90Days) { flags.append(.lowest90d) }
    if deal.flags.contains(.backInStock) { flags.append(.backInStock) }
    openedAt = GoogleProtobuf.Timestamp(deal.openedAt)
    updatedAt = GoogleProtobuf.Timestamp(deal.updatedAt)
    if let closure = deal.closure {
      closedAt = GoogleProtobuf.Timestamp(closure.at)
      closeReason = PricingV1.DealCloseReason(rawValue: Int32(closure.reason.rawValue))
    }
    outOfStock = deal.isOutOfStock
    previousPrice = CommonV1.Money(deal.previousPrice, facts.currency)
    url = facts.url
  }
}

extension PricingV1.DealEvidence {
  fileprivate init(_ deal: Deal, _ currency: String) {
    let reduction = deal.reduction
    self.init()
    reductionStartedAt = GoogleProtobuf.Timestamp(reduction.startedAt)
    referencePrice = CommonV1.Money(reduction.reference.price, currency)
    referenceAt = GoogleProtobuf.Timestamp(reduction.reference.at)
    windowDays = UInt32(clamping: reduction.windowDays)
    referencePrice10Days = CommonV1.Money(reduction.lowest10Days, currency)
    listPrice = CommonV1.Money(deal.listPrice, currency)
    earlierLowest = CommonV1.Money(reduction.earlierLowest.price, currency)
    earlierLowestAt = GoogleProtobuf.Timestamp(reduction.earlierLowest.at)
    priceBeforeRaise = CommonV1.Money(reduction.priceBeforeRaise, currency)
  }
}

extension PricingV1.DealScore {
  fileprivate init(_ score: DealScore) {
    self.init()
    total = UInt32(clamping: score.total)
    discount = Int32(clamping: score.discount)
    position = Int32(clamping: score.position)
    allTimeLow = Int32(clamping: score.allTimeLow)
    verdict = Int32(clamping: score.verdict)
    volatility = Int32(clamping: score.volatility)
  }
}
