/// A change of price, stock or deal, as pricing tells it.
struct MarketEvent: Sendable {
  var position: EventKey
  /// When pricing committed it.
  var occurredAt: UnixTime
  /// When the shop was seen like this.
  var observedAt: UnixTime
  var listing: Int64
  var product: Int64
  var shop: String
  var title: String
  /// The category's path, "elektronik/kulaklik"; may be empty.
  var category: String
  /// The listing's page; may be empty.
  var url: String
  var change: Change

  enum Change: Sendable {
    case price(PriceChange)
    case stock(StockChange)
    /// Opened, or judged anew after a further cut.
    case deal(DealOpening)
  }

  /// Whether it is news: an archive that is imported today replays what was long ago, of which nobody wants to hear.
  var isNews: Bool { occurredAt.elapsed(since: observedAt) <= .hours(24) }
}

/// Where an event stands in pricing's log. It names the event for good.
struct EventKey: Hashable, Sendable {
  var transaction: UInt64
  var sequence: Int64
}

enum Availability: Sendable { case inStock, outOfStock, preorder, unknown }

/// What a discount is worth compared with what was really charged.
enum Verdict: Sendable { case unknown, genuine, inflated }

/// A confirmed price that is different from the one before.
struct PriceChange: Sendable {
  /// Nil for a listing's first price.
  var oldPrice: Money?
  var price: Money
  var availability: Availability
  /// At least 3 % below every earlier price of a listing tracked for 35 days or more.
  var isAllTimeLow: Bool
  /// The lowest earlier in-stock prices of 30, 90 and 365 days; nil before the first.
  var lowest30Days: Money?
  var lowest90Days: Money?
  var lowest365Days: Money?
  /// The open deal, if this price is part of one.
  var deal: DealSummary?

  func lowest(inDays days: Int) -> Money? {
    switch days {
    case 30: lowest30Days
    case 90: lowest90Days
    case 365: lowest365Days
    default: nil
    }
  }
}

struct StockChange: Sendable {
  var oldAvailability: Availability
  var availability: Availability
  /// The price at which it is sold, or was last.
  var price: Money?
}

struct DealOpening: Sendable {
  var id: Int64
  var price: Money
  /// The price right before the last cut.
  var previousPrice: Money?
  var summary: DealSummary
}

/// What is said of a deal to people.
struct DealSummary: Hashable, Sendable {
  /// 1 - price / reference, in basis points.
  var realDiscount: Int
  var verdict: Verdict
}
