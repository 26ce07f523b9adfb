/// A run of cuts without a rise, and what the history before it says; fixed when it begins.
package struct Reduction: Hashable, Sendable {
  /// t0: its first cut.
  package var startedAt: Moment
  /// The lowest price in effect during the window before t0.
  package var reference: Extreme
  package var windowDays: Int
  /// The same over 10 days; nil where the listing was not in stock then.
  package var lowest10Days: Int64?
  /// The lowest of all prices before t0.
  package var earlierLowest: Extreme
  /// Where the price was raised by 5 % or more within 30 days before t0: what it was before.
  package var priceBeforeRaise: Int64?
  /// The highest price that was charged in the 90 days before t0.
  package var highest90Days: Int64?
  /// Less than 30 days of history before t0.
  package var isHistoryShort: Bool

  package init(
    startedAt: Moment, reference: Extreme, windowDays: Int, lowest10Days: Int64?, earlierLowest: Extreme,
    priceBeforeRaise: Int64?, highest90Days: Int64?, isHistoryShort: Bool
  ) {
    self.startedAt = startedAt
    self.reference = reference
    self.windowDays = windowDays
    self.lowest10Days = lowest10Days
    self.earlierLowest = earlierLowest
    self.priceBeforeRaise = priceBeforeRaise
    self.highest90Days = highest90Days
    self.isHistoryShort = isHistoryShort
  }

  /// A reduction that begins at `start`; nil where no price was in effect before.
  init?(startingAt start: Moment, after history: Timeline, firstObservedAt: Moment, rules: DealRules) {
    guard let lowestEver = history.lowestEver(before: start),
      // Only a price that returns from a long stock-out can find the whole window empty: the last price stands then.
      let reference = history.lowest(from: start.daysBefore(rules.windowDays), to: start)
        ?? history.lastPrice(before: start)
    else { return nil }
    self.init(
      startedAt: start, reference: reference, windowDays: rules.windowDays,
      lowest10Days: history.lowest(from: start.daysBefore(10), to: start)?.price,
      earlierLowest: lowestEver,
      priceBeforeRaise: history.priceBeforeRaise(from: start.daysBefore(30), to: start),
      highest90Days: history.highest(from: start.daysBefore(90), to: start)?.price,
      isHistoryShort: start - firstObservedAt < Int64(DealRules.verdictDays) * Moment.day)
  }
}
