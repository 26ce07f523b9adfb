import MeshMessages
import MeshRPC

/// A listing's year of prices: 4 to 12 observations, 8 on average, each of which changes something.
///
/// The regular price drifts upwards; now and then there is a campaign (a cut that is taken back some days later), a
/// staged one (the price is raised first), a stock-out, or a bad reading that the glitch guard must catch.
struct PriceYear {
  /// What is seen at a moment.
  struct Seen {
    /// Milliseconds since 1970.
    var at: Int64
    var price: Int64?
    var listPrice: Int64?
  }

  static let day: Int64 = 86_400_000
  static let counts = 4...12

  private var random: SplitMix64
  private var regular: Int64
  private var current: Int64
  private var isInCampaign = false

  /// - Parameter end: of the year, milliseconds since 1970.
  static func observations(of listing: ProductWorld.Listing, until end: Int64) -> [Seen] {
    var year = PriceYear(listing)
    return year.observations(until: end)
  }

  private init(_ listing: ProductWorld.Listing) {
    random = SplitMix64(seed: listing.seed)
    regular = listing.regularPrice
    current = regular
  }

  private mutating func observations(until end: Int64) -> [Seen] {
    let count = Int.random(in: Self.counts, using: &random)
    // Most are known for the whole year, every fifth was added in the course of it.
    let length = isLikely(20) ? Int64.random(in: 20...360, using: &random) * Self.day : 365 * Self.day
    let step = length / Int64(count)
    var seen = [Seen(at: end - length + Int64.random(in: 0..<step / 2, using: &random), price: current)]
    for index in 1..<count {
      let at = end - length + Int64(index) * step + Int64.random(in: 0..<step * 9 / 10, using: &random)
      if isLikely(4) { seen.append(contentsOf: stockOut(at: at, step: step)) } else { seen.append(next(at: at)) }
    }
    return seen
  }

  /// The state after one more change.
  private mutating func next(at: Int64) -> Seen {
    if isInCampaign {
      isInCampaign = false
      drift()
      current = regular
      return Seen(at: at, price: current)
    }
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<45:
      isInCampaign = true
      let cut = Int64.random(in: 5...38, using: &random)
      let claimed = isLikely(15) ? Self.displayed(regular * 130 / 100) : regular
      current = changed(Self.displayed(regular * (100 - cut) / 100))
      return Seen(at: at, price: current, listPrice: isLikely(65) ? claimed : nil)
    case 45..<49:
      // Raised, so that the next campaign looks better than it is.
      current = changed(Self.displayed(regular * Int64.random(in: 108...140, using: &random) / 100))
      return Seen(at: at, price: current)
    case 49..<50:
      // A bad reading; the next observation refutes it.
      return Seen(at: at, price: max(1, current / 10))
    default:
      drift()
      current = changed(regular)
      return Seen(at: at, price: current)
    }
  }

  private mutating func stockOut(at: Int64, step: Int64) -> [Seen] {
    let back = at + min(step / 20, Int64.random(in: 1...12, using: &random) * Self.day)
    return [Seen(at: at, price: nil), Seen(at: max(back, at + 120_000), price: current)]
  }

  private mutating func drift() {
    regular = Self.displayed(regular * Int64.random(in: 97...112, using: &random) / 100)
  }

  /// Another price than the current one.
  private func changed(_ price: Int64) -> Int64 { price == current ? price + 100 : price }

  private mutating func isLikely(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  /// As shops show prices: whole lira that end in 9 above 100, and 90 kuruş below.
  static func displayed(_ price: Int64) -> Int64 {
    price >= 10_000 ? max(9900, price / 1000 * 1000 + 900) : max(990, price / 100 * 100 + 90)
  }
}

extension PricingV1.Observation {
  init(_ seen: PriceYear.Seen, of listing: ProductWorld.Listing, line: Int64) {
    let at = GoogleProtobuf.Timestamp(seconds: seen.at / 1000, nanos: Int32(seen.at % 1000) * 1_000_000)
    let key = PricingV1.ListingKey(shop: listing.shop, externalId: listing.externalID)
    self.init(listing: .key(key), observedAt: at, line: line)
    price = seen.price.map { CommonV1.Money(currency: "TRY", minorUnits: $0) }
    listPrice = seen.listPrice.map { CommonV1.Money(currency: "TRY", minorUnits: $0) }
  }
}
