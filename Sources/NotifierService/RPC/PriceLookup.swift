internal import MeshMessages
internal import MeshRPC

/// What is known now of the prices that a new alert is about.
protocol PriceLookup: Sendable {
  /// - Throws: `RPCError` when pricing cannot be asked.
  func prices(of subject: Alert.Subject) async throws -> [ListingQuote]
}

struct ListingQuote: Hashable, Sendable {
  var listing: Int64
  /// Nil before the first confirmed price.
  var price: Money?
  var isInStock: Bool
}

/// Asks pricing.
struct PricingLookup: PriceLookup {
  let client: PricingV1.PricingService.Client

  /// An alert is made without a base rather than late.
  private static let timeout = Duration.seconds(2)

  func prices(of subject: Alert.Subject) async throws -> [ListingQuote] {
    var request = PricingV1.GetPricesRequest()
    switch subject {
    case .product(let id): request.productIds = [id]
    case .listing(let id): request.listingIds = [id]
    case .category: return []
    }
    var options = CallOptions()
    options.timeout = Self.timeout
    return try await client.getPrices(request, options: options).prices.map { price in
      ListingQuote(
        listing: price.listingId, price: price.price.map { Money($0) }, isInStock: price.availability == .inStock)
    }
  }
}

extension Alert {
  /// Takes the prices of the moment as where the alert begins: the base of drops, and who has stock already.
  mutating func begin(with quotes: [ListingQuote]) {
    if state.basePrice == nil { state.basePrice = base(of: quotes) }
    guard rule == .backInStock else { return }
    for quote in quotes.prefix(AlertState.maximumListings) where quote.isInStock {
      state.listings[quote.listing] = AlertState.ListingMemory(holds: true)
    }
  }

  /// The best price, in stock if there is one; in the currency of the rule's amount if it has one.
  private func base(of quotes: [ListingQuote]) -> Money? {
    var currency: String?
    if case .drop(let drop) = rule, case .amount(let amount) = drop.by { currency = amount.currency }
    if case .targetPrice(let target) = rule { currency = target.currency }
    let priced = quotes.filter { $0.price != nil && (currency == nil || $0.price?.currency == currency) }
    let best = priced.filter(\.isInStock).isEmpty ? priced : priced.filter(\.isInStock)
    let wanted = currency ?? best.first?.price?.currency
    return best.compactMap(\.price).filter { $0.currency == wanted }.min { $0.minorUnits < $1.minorUnits }
  }
}
