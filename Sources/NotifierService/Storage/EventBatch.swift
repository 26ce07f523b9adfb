/// Events of one transaction, sorted by whom they may concern.
struct EventBatch: Sendable {
  /// In order of their positions.
  let events: [MarketEvent]
  let products: [Int64]
  let listings: [Int64]
  /// Ids of the deals.
  let deals: [Int64]
  /// The categories that deals are in, with those above them and the empty one, each with the largest discount.
  let categories: [(path: String, discount: Int32)]
  private let byProduct: [Int64: [Int]]
  private let byListing: [Int64: [Int]]
  private let dealEvents: [Int]

  /// A category's path has at most this many parts that count.
  private static let maximumDepth = 16

  init(_ events: [MarketEvent]) {
    self.events = events
    var byProduct: [Int64: [Int]] = [:]
    var byListing: [Int64: [Int]] = [:]
    var dealEvents: [Int] = []
    var deals: Set<Int64> = []
    var discounts: [String: Int32] = [:]
    for (index, event) in events.enumerated() {
      guard case .deal(let deal) = event.change else {
        byProduct[event.product, default: []].append(index)
        byListing[event.listing, default: []].append(index)
        continue
      }
      dealEvents.append(index)
      deals.insert(deal.id)
      for path in Self.path(event.category) {
        discounts[path] = max(discounts[path] ?? .min, Int32(clamping: deal.summary.realDiscount))
      }
    }
    self.byProduct = byProduct
    self.byListing = byListing
    self.dealEvents = dealEvents
    self.deals = Array(deals)
    products = Array(byProduct.keys)
    listings = Array(byListing.keys)
    categories = discounts.map { ($0.key, $0.value) }
  }

  /// "a/b" gives "", "a", "a/b".
  static func path(_ category: String) -> [String] {
    var paths = [""]
    guard !category.isEmpty else { return paths }
    var path = ""
    for part in category.split(separator: "/", omittingEmptySubsequences: false).prefix(maximumDepth) {
      path += path.isEmpty ? part : "/" + part
      paths.append(path)
    }
    return paths
  }

  /// The events that an alert has to see, in order.
  func events(for alert: Alert) -> [MarketEvent] {
    let indices =
      switch alert.subject {
      case .product(let id): byProduct[id] ?? []
      case .listing(let id): byListing[id] ?? []
      case .category: dealEvents
      }
    return indices.map { events[$0] }
  }
}
