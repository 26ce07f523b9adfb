/// What one shop does with one product's price during a season of 24 days.
struct SeasonPlan: Sendable, Hashable {
  private enum Kind: Hashable {
    case quiet
    /// Cheaper by so many per mille from one day to another; the list price is the regular one.
    case sale(permille: Int64, days: Range<Int64>)
    /// Dearer first, then "reduced" to about what it was, with a list price that was never asked.
    case staged(raise: Range<Int64>, sale: Range<Int64>)
    case stockOut(days: Range<Int64>)
  }

  private let regular: Int64
  private let ending: Int64
  private let kind: Kind

  init(regular: Int64, ending: Int64, random: inout MarketRandom) {
    self.regular = regular
    self.ending = ending
    let start = Int64(random.number(in: 3...12))
    let length = Int64(random.number(in: 4...10))
    switch random.number(in: 0...99) {
    case 0..<40: kind = .quiet
    case 40..<70: kind = .sale(permille: Int64(random.number(in: 120...380)), days: start..<start + length)
    case 70..<85: kind = .staged(raise: start..<start + 6, sale: start + 6..<min(24, start + 6 + length))
    default: kind = .stockOut(days: start..<start + length / 2 + 1)
    }
  }

  /// - Parameter day: of the season, from 0.
  func state(day: Int64) -> MarketState {
    switch kind {
    case .sale(let permille, let days) where days.contains(day):
      let price = Self.ended(regular * (1_000 - permille) / 1_000, ending: ending)
      return MarketState(price: price, listPrice: regular, isInStock: true, isGlitch: false)
    case .staged(let raise, _) where raise.contains(day):
      return MarketState(
        price: Self.ended(regular * 1_250 / 1_000, ending: ending), listPrice: nil, isInStock: true, isGlitch: false)
    case .staged(_, let sale) where sale.contains(day):
      return MarketState(
        price: Self.ended(regular * 990 / 1_000, ending: ending),
        listPrice: Self.ended(regular * 1_600 / 1_000, ending: ending), isInStock: true, isGlitch: false)
    case .stockOut(let days) where days.contains(day):
      return MarketState(price: nil, listPrice: nil, isInStock: false, isGlitch: false)
    default: return MarketState(price: regular, listPrice: nil, isInStock: true, isGlitch: false)
    }
  }

  /// `units` with the shop's last two digits, at least one unit with them.
  static func ended(_ units: Int64, ending: Int64) -> Int64 {
    max(100, units / 100 * 100) + ending
  }
}
