/// The demo market. What a shop asks is a function of seed, shop, product and moment alone, so that a test can work out
/// every price, and an archive of the past fits what the shops show now.
package struct MarketWorld: Sendable {
  package let seed: UInt64
  package let products: [MarketProduct]

  /// - Parameter count: of products, 1 to 10,000.
  package init(seed: UInt64, count: Int) {
    self.seed = seed
    products = MarketCatalogue.products(seed: seed, count: max(1, min(10_000, count)))
  }

  /// Whether `shop` sells `product`: each is sold by two to five shops.
  package func sells(_ shop: MarketShop, _ product: MarketProduct) -> Bool {
    let shops = MarketShop.allCases.count
    var random = MarketRandom(seed, 2, UInt64(product.number))
    let first = random.number(in: 0...shops - 1)
    let count = random.number(in: 2...5)
    return (Int(shop.number) + shops - first) % shops < count
  }

  package func products(of shop: MarketShop) -> [MarketProduct] { products.filter { sells(shop, $0) } }

  package func product(_ id: String, in shop: MarketShop) -> MarketProduct? {
    guard id.hasPrefix(shop.idPrefix), let number = Int(id.dropFirst(shop.idPrefix.utf8.count)),
      products.indices.contains(number - 1_000)
    else { return nil }
    let product = products[number - 1_000]
    return sells(shop, product) ? product : nil
  }

  /// Prices hold at least this long, in seconds.
  package static let slot: Int64 = 900

  /// Days that share one plan.
  private static let seasonDays: Int64 = 24

  /// What `shop` asks for `product` at `moment` (seconds since 1970).
  package func state(_ shop: MarketShop, _ product: MarketProduct, at moment: Int64) -> MarketState {
    let slot = floorDivide(moment, Self.slot)
    // Each listing has seasons of its own, so that the market does not change all at once.
    let phase = Int64(MarketRandom.once(0...24 * 96 - 1, seed, 7, shop.number, UInt64(product.number))) * Self.slot
    let day = floorDivide(moment + phase, 86_400)
    let season = floorDivide(day, Self.seasonDays)
    let plan = plan(shop, product, season: season)
    let dayOfSeason = day - season * Self.seasonDays
    var state = plan.state(day: dayOfSeason)
    guard let price = state.price else { return state }
    // A slip for a quarter of an hour: about one in two thousand.
    var random = MarketRandom(seed, 5, shop.number, UInt64(product.number), UInt64(bitPattern: slot))
    if random.number(in: 0...1_999) == 0 {
      state.price = max(1, price / 10)
      state.isGlitch = true
    }
    return state
  }

  private func plan(_ shop: MarketShop, _ product: MarketProduct, season: Int64) -> SeasonPlan {
    var random = MarketRandom(seed, 4, shop.number, UInt64(product.number), UInt64(bitPattern: season))
    return SeasonPlan(regular: regular(shop, product, season: season), ending: shop.ending, random: &random)
  }

  /// The price without any campaign: it moves a little from season to season.
  private func regular(_ shop: MarketShop, _ product: MarketProduct, season: Int64) -> Int64 {
    var random = MarketRandom(seed, 3, shop.number, UInt64(product.number), UInt64(bitPattern: season))
    let permille = Int64(random.number(in: 970...1_045))
    let shopPermille = Int64(MarketRandom.once(970...1_060, seed, 6, shop.number, UInt64(product.number)))
    let units = product.basePrice * 100 / shop.rate * permille / 1_000 * shopPermille / 1_000
    return SeasonPlan.ended(units, ending: shop.ending)
  }

  private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
  }
}

extension MarketRandom {
  static func once(_ range: ClosedRange<Int>, _ parts: UInt64...) -> Int {
    var random = MarketRandom(0)
    for part in parts { random = MarketRandom(random.next(), part) }
    return random.number(in: range)
  }
}
