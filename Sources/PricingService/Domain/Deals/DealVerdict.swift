/// What a shop's discount is worth beside what was really charged.
package enum DealVerdict: Int16, Sendable {
  case unknown = 1
  case genuine = 2
  case inflated = 3
}

/// Why a verdict is so.
package enum DealVerdictReason: Int16, Sendable {
  case shortHistory = 1
  case claimExceedsTruth = 2
  case raisedBefore = 3
  case belowReference = 4
}

extension Reduction {
  /// Judges a price of this reduction, and the list price that the shop shows with it.
  func judge(price: Int64, listPrice: Int64?) -> (DealVerdict, DealVerdictReason) {
    if isHistoryShort { return (.unknown, .shortHistory) }
    if let listPrice, isClaimInflated(price: price, listPrice: listPrice) { return (.inflated, .claimExceedsTruth) }
    if let before = priceBeforeRaise, !Rounding.isBelow(price, before, byAtLeast: 300) {
      return (.inflated, .raisedBefore)
    }
    return (.genuine, .belowReference)
  }

  /// Whether the claimed discount exceeds the real one by more than 10 points, and nobody paid the list price in the 90
  /// days before.
  private func isClaimInflated(price: Int64, listPrice: Int64) -> Bool {
    if let highest90Days, highest90Days >= listPrice { return false }
    // (1 - price / list) - (1 - price / reference) > 1/10, multiplied by both divisors.
    return 10 * Int128(price) * (Int128(listPrice) - Int128(reference.price))
      > Int128(listPrice) * Int128(reference.price)
  }
}
