/// The numbers of the deal rules that a market's law or an operator decides (DOMAIN: "Deals").
package struct DealRules: Hashable, Sendable {
  /// Days before a reduction whose lowest price is the reference: 30 by Directive 98/6/EC Art. 6a.
  package var windowDays: Int
  /// How far below the reference a price opens a deal, in basis points.
  package var minimumDiscount: Int64

  package init(windowDays: Int = 30, minimumDiscount: Int64 = 1000) {
    self.windowDays = windowDays
    self.minimumDiscount = minimumDiscount
  }

  /// Out of stock for longer ends a reduction.
  static let stockOutDays = 7
  /// After its last cut a deal is simply the price.
  static let lifetimeDays = 30
  /// The history that a verdict needs before the reduction.
  static let verdictDays = 30
  /// How long a listing must be tracked for an all-time low.
  static let allTimeLowDays = 35
  /// How far an all-time low lies below every earlier price, in basis points.
  static let allTimeLowMargin: Int64 = 300
}
