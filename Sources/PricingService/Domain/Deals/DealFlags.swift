/// What is special about a deal.
package struct DealFlags: OptionSet, Hashable, Sendable {
  package var rawValue: Int16
  package init(rawValue: Int16) { self.rawValue = rawValue }

  /// At least 3 % below all prices before the reduction, of a listing tracked for 35 days or more.
  package static let allTimeLow = DealFlags(rawValue: 1)
  /// No price of the 90 days before was lower, and the listing was tracked for all of them.
  package static let lowest90Days = DealFlags(rawValue: 2)
  /// It came back in stock with the last cut or after it.
  package static let backInStock = DealFlags(rawValue: 4)
}
