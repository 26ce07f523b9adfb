internal import Synchronization

/// Faults that were ordered, and prices that were set by hand.
package final class MarketFaults: Sendable {
  /// What goes wrong.
  package enum Kind: String, Sendable, CaseIterable {
    /// 429 with `Retry-After`.
    case rateLimit = "rate-limit"
    /// A status of one's choice.
    case status
    /// No answer before the client gives up.
    case timeout
    /// HTML that is cut off and nested wrongly, with a price that is none.
    case brokenHTML = "broken-html"
  }

  /// An order for the next requests to a shop.
  package struct Order: Sendable, Hashable {
    package var kind: Kind
    package var count: Int
    package var retryAfter: Int
    package var status: Int

    package init(kind: Kind, count: Int, retryAfter: Int = 1, status: Int = 500) {
      self.kind = kind
      self.count = count
      self.retryAfter = retryAfter
      self.status = status
    }
  }

  private struct Key: Hashable {
    var shop: MarketShop
    var product: Int
  }

  private struct State {
    var orders: [MarketShop: Order] = [:]
    var prices: [Key: MarketState] = [:]
    var clock: MarketClock
  }

  private let state: Mutex<State>

  package init(clock: MarketClock) { state = Mutex(State(clock: clock)) }

  package func order(_ order: Order, at shop: MarketShop) { state.withLock { $0.orders[shop] = order } }

  package func clear() {
    state.withLock {
      $0.orders = [:]
      $0.prices = [:]
    }
  }

  /// What goes wrong with this request; counts it.
  func next(at shop: MarketShop) -> Order? {
    state.withLock { state in
      guard var order = state.orders[shop], order.count > 0 else { return nil }
      order.count -= 1
      state.orders[shop] = order.count > 0 ? order : nil
      return order
    }
  }

  /// Whatever the plan says, `shop` shows this until faults are cleared.
  package func set(_ price: MarketState, of product: MarketProduct, at shop: MarketShop) {
    state.withLock { $0.prices[Key(shop: shop, product: product.number)] = price }
  }

  package func price(of product: MarketProduct, at shop: MarketShop) -> MarketState? {
    state.withLock { $0.prices[Key(shop: shop, product: product.number)] }
  }

  /// The market's moment now.
  package func moment(at real: Int64) -> Int64 { state.withLock { $0.clock.moment(at: real) } }

  package func advance(by seconds: Int64) { state.withLock { $0.clock.advance += seconds } }
}
