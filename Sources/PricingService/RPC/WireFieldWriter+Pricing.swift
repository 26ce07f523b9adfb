internal import MeshMessages
internal import MeshRPC

// Deals and histories in wire form: lists have so many parts that to make messages of them, and C structs of these, takes
// several times as long as to write them where they belong.

extension WireFieldWriter {
  /// What `PricingV1.Deal(deal, of: facts)` is on the wire; a test compares the two.
  mutating func append(_ field: UInt32, _ deal: Deal, of facts: ListingFacts) {
    let start = begin(field)
    append(1, deal.id)
    append(2, facts.id)
    append(3, facts.productID)
    append(4, facts.shop)
    append(5, facts.category)
    append(6, facts.title)
    append(7, deal.price, facts.currency)
    let evidence = begin(8)
    appendEvidence(deal, facts.currency)
    end(evidence)
    append(9, Int64(UInt32(clamping: deal.realDiscount)))
    if let claimed = deal.claimedDiscount { appendPresent(10, Int64(Int32(clamping: claimed))) }
    append(11, Int64(deal.verdict.rawValue))
    append(12, Int64(deal.reason.rawValue))
    let score = begin(13)
    append(deal.score)
    end(score)
    if !deal.flags.isEmpty {
      let flags = begin(14)
      if deal.flags.contains(.allTimeLow) { appendElement(Int64(PricingV1.DealFlag.allTimeLow.rawValue)) }
      if deal.flags.contains(.lowest90Days) { appendElement(Int64(PricingV1.DealFlag.lowest90d.rawValue)) }
      if deal.flags.contains(.backInStock) { appendElement(Int64(PricingV1.DealFlag.backInStock.rawValue)) }
      end(flags)
    }
    append(15, deal.openedAt)
    append(16, deal.updatedAt)
    if let closure = deal.closure {
      append(17, closure.at)
      append(18, Int64(closure.reason.rawValue))
    }
    append(19, deal.isOutOfStock ? 1 : 0)
    append(20, deal.previousPrice, facts.currency)
    append(21, facts.url)
    end(start)
  }

  private mutating func appendEvidence(_ deal: Deal, _ currency: String) {
    let reduction = deal.reduction
    append(1, reduction.startedAt)
    append(2, reduction.reference.price, currency)
    append(3, reduction.reference.at)
    append(4, Int64(UInt32(clamping: reduction.windowDays)))
    append(5, reduction.lowest10Days, currency)
    append(6, deal.listPrice, currency)
    append(7, reduction.earlierLowest.price, currency)
    append(8, reduction.earlierLowest.at)
    append(9, reduction.priceBeforeRaise, currency)
  }

  private mutating func append(_ score: DealScore) {
    append(1, Int64(UInt32(clamping: score.total)))
    append(2, Int64(Int32(clamping: score.discount)))
    append(3, Int64(Int32(clamping: score.position)))
    append(4, Int64(Int32(clamping: score.allTimeLow)))
    append(5, Int64(Int32(clamping: score.verdict)))
    append(6, Int64(Int32(clamping: score.volatility)))
  }

  /// A `ListingHistory`.
  mutating func append(_ field: UInt32, _ points: [HistoryDay], of facts: ListingFacts, isTruncated: Bool) {
    let start = begin(field)
    append(1, facts.id)
    append(2, facts.shop)
    append(3, facts.currency)
    for point in points {
      let start = begin(4)
      append(1, point.last.at)
      append(2, point.last.price ?? 0)
      append(3, point.last.listPrice ?? 0)
      append(4, Int64(point.last.availability.rawValue))
      append(5, point.low ?? 0)
      end(start)
    }
    append(5, isTruncated ? 1 : 0)
    end(start)
  }

  /// Nothing for no amount.
  private mutating func append(_ field: UInt32, _ minorUnits: Int64?, _ currency: String) {
    guard let minorUnits else { return }
    let start = begin(field)
    append(1, currency)
    append(2, minorUnits)
    end(start)
  }

  private mutating func append(_ field: UInt32, _ moment: Moment) {
    let time = GoogleProtobuf.Timestamp(moment)
    let start = begin(field)
    append(1, time.seconds)
    append(2, Int64(time.nanos))
    end(start)
  }
}
