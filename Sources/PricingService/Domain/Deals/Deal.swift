/// A price that is lower than it was, with the evidence.
package struct Deal: Hashable, Sendable {
  /// Given when it is stored; 0 before.
  package var id: Int64 = 0
  package var openedAt: Moment
  /// The last cut.
  package var updatedAt: Moment
  /// The price of the last cut, in minor units.
  package var price: Int64
  /// Right before the last cut.
  package var previousPrice: Int64
  /// What the shop showed with the last cut.
  package var listPrice: Int64?
  package var reduction: Reduction
  package var verdict: DealVerdict
  package var reason: DealVerdictReason
  package var score: DealScore
  package var flags: DealFlags
  package var isOutOfStock = false
  package var closure: DealClosure?

  package init(
    openedAt: Moment, updatedAt: Moment, price: Int64, previousPrice: Int64, listPrice: Int64?, reduction: Reduction,
    verdict: DealVerdict, reason: DealVerdictReason, score: DealScore, flags: DealFlags
  ) {
    self.openedAt = openedAt
    self.updatedAt = updatedAt
    self.price = price
    self.previousPrice = previousPrice
    self.listPrice = listPrice
    self.reduction = reduction
    self.verdict = verdict
    self.reason = reason
    self.score = score
    self.flags = flags
  }

  /// 1 - price / reference, in basis points.
  package var realDiscount: Int64 { Rounding.discount(price, below: reduction.reference.price) }
  /// 1 - price / list price, in basis points; below 0 where the shop claims to have been cheaper.
  package var claimedDiscount: Int64? { listPrice.map { Rounding.discount(price, below: $0) } }
  /// When it is simply the price.
  package var expiresAt: Moment { updatedAt.daysAfter(DealRules.lifetimeDays) }
}

/// When and why a deal ended.
package struct DealClosure: Hashable, Sendable {
  package var at: Moment
  package var reason: Reason

  package init(at: Moment, reason: Reason) {
    self.at = at
    self.reason = reason
  }

  package enum Reason: Int16, Sendable {
    case priceRose = 1
    case outOfStock = 2
    case listingRemoved = 3
    case expired = 4
  }
}
