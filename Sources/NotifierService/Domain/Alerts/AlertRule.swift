/// What has to happen. docs/alert-rules.md defines each with examples.
enum AlertRule: Hashable, Sendable {
  /// At or below this price.
  case targetPrice(Money)
  case drop(Drop)
  case anyChange
  case backInStock
  case allTimeLow
  /// 30, 90 or 365.
  case lowestInDays(Int)
  case dealInCategory(CategoryDeal)

  struct Drop: Hashable, Sendable {
    var by: Measure
    var base: Base

    enum Measure: Hashable, Sendable {
      /// 1 to 9,999: 1,000 is 10 %.
      case basisPoints(Int)
      case amount(Money)
    }

    enum Base: Hashable, Sendable { case priceAtCreation, lastNotified }

    /// The highest price that is a drop from `base`; nil when the currencies differ.
    func threshold(from base: Money) -> Money? {
      switch by {
      case .basisPoints(let points): return base.reduced(byBasisPoints: points)
      case .amount(let amount):
        guard amount.currency == base.currency else { return nil }
        let (rest, overflow) = base.minorUnits.subtractingReportingOverflow(amount.minorUnits)
        return overflow || rest <= 0 ? nil : Money(rest, base.currency)
      }
    }
  }

  struct CategoryDeal: Hashable, Sendable {
    /// This path and those below it; empty: all.
    var category: String
    /// In basis points.
    var minimumDiscount: Int
    /// Only deals judged genuine.
    var isGenuineOnly: Bool

    func covers(_ path: String) -> Bool {
      category.isEmpty || path == category || path.hasPrefix(category + "/")
    }
  }
}
