extension PackedWriter {
  mutating func write(_ tracker: DealTracker) {
    write(optional: tracker.lastPrice)
    write(optional: tracker.outSince)
    write(optional: tracker.reduction) { $0.write($1) }
    write(optional: tracker.deal) { $0.write($1) }
  }

  private mutating func write(_ reduction: Reduction) {
    write(reduction.startedAt)
    write(reduction.reference)
    write(reduction.windowDays)
    write(optional: reduction.lowest10Days)
    write(reduction.earlierLowest)
    write(optional: reduction.priceBeforeRaise)
    write(optional: reduction.highest90Days)
    write(reduction.isHistoryShort)
  }

  fileprivate mutating func write(_ deal: Deal) {
    write(deal.id)
    write(deal.openedAt)
    write(deal.updatedAt)
    write(deal.price)
    write(deal.previousPrice)
    write(optional: deal.listPrice)
    write(deal.reduction)
    write(Int64(deal.verdict.rawValue))
    write(Int64(deal.reason.rawValue))
    write(deal.score.discount)
    write(deal.score.position)
    write(deal.score.allTimeLow)
    write(deal.score.verdict)
    write(deal.score.volatility)
    write(Int64(deal.flags.rawValue))
    write(deal.isOutOfStock)
  }
}

extension PackedReader {
  mutating func dealTracker() throws(PackingError) -> DealTracker {
    var tracker = DealTracker()
    tracker.lastPrice = try optionalInt64()
    tracker.outSince = try optionalMoment()
    tracker.reduction = try optional { (reader) throws(PackingError) in try reader.reduction() }
    tracker.deal = try optional { (reader) throws(PackingError) in try reader.deal() }
    return tracker
  }

  private mutating func reduction() throws(PackingError) -> Reduction {
    Reduction(
      startedAt: try moment(), reference: try extreme(), windowDays: try int(), lowest10Days: try optionalInt64(),
      earlierLowest: try extreme(), priceBeforeRaise: try optionalInt64(), highest90Days: try optionalInt64(),
      isHistoryShort: try bool())
  }

  fileprivate mutating func deal() throws(PackingError) -> Deal {
    let id = try int64()
    var deal = Deal(
      openedAt: try moment(), updatedAt: try moment(), price: try int64(), previousPrice: try int64(),
      listPrice: try optionalInt64(), reduction: try reduction(), verdict: try raw(), reason: try raw(),
      score: DealScore(
        discount: try int64(), position: try int64(), allTimeLow: try int64(), verdict: try int64(),
        volatility: try int64()),
      flags: DealFlags(rawValue: Int16(truncatingIfNeeded: try int64())))
    deal.id = id
    deal.isOutOfStock = try bool()
    return deal
  }
}

extension Deal {
  /// The deal with its evidence in a compact form; how it ended is not part of it.
  package func packed() -> [UInt8] {
    var writer = PackedWriter()
    writer.write(unsigned: 1)
    writer.write(self)
    return writer.bytes
  }

  /// Reads what `packed` wrote.
  /// - Throws: `PackingError` when it cannot.
  package init(packed bytes: [UInt8]) throws(PackingError) {
    var reader = PackedReader(bytes)
    guard try reader.unsigned() == 1 else { throw PackingError("is of another version") }
    self = try reader.deal()
    guard reader.isAtEnd else { throw PackingError("has bytes left over") }
  }
}
