/// How good a deal is, from 0 to 100, and why (DOMAIN: "Score").
package struct DealScore: Hashable, Sendable {
  /// A point for each percent of real discount, at most 50.
  package var discount: Int64
  /// Where the price stands between the highest (0) and the lowest (20) of 365 days.
  package var position: Int64
  /// 15 for an all-time low.
  package var allTimeLow: Int64
  /// 15 for genuine, 0 for unknown, -40 for inflated.
  package var verdict: Int64
  /// -1 for each change of price beyond 3 in the 90 days before, at most -15.
  package var volatility: Int64

  /// The sum, bounded.
  package var total: Int64 { min(100, max(0, discount + position + allTimeLow + verdict + volatility)) }

  package init(discount: Int64, position: Int64, allTimeLow: Int64, verdict: Int64, volatility: Int64) {
    self.discount = discount
    self.position = position
    self.allTimeLow = allTimeLow
    self.verdict = verdict
    self.volatility = volatility
  }

  /// - Parameters:
  ///   - range: the lowest and highest price in effect during the 365 days before; nil without one.
  ///   - changes: of the price within the 90 days before.
  init(
    price: Int64, realDiscount: Int64, range: (lowest: Int64, highest: Int64)?, isAllTimeLow: Bool,
    verdict: DealVerdict, changes: Int
  ) {
    discount = min(50, max(0, realDiscount / 100))
    position = 0
    if let range {
      let (lowest, highest) = (min(range.lowest, price), max(range.highest, price))
      if highest > lowest { position = Int64(clamping: 20 * Int128(highest - price) / Int128(highest - lowest)) }
    }
    allTimeLow = isAllTimeLow ? 15 : 0
    switch verdict {
    case .genuine: self.verdict = 15
    case .unknown: self.verdict = 0
    case .inflated: self.verdict = -40
    }
    volatility = -Int64(min(15, max(0, changes - 3)))
  }
}
