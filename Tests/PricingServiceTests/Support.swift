@testable import PricingService

/// Times and observations of the tests: days and hours after a fixed start.
let start = Moment(milliseconds: 1_700_000_000_000)

func day(_ count: Double) -> Moment { start + Int64(count * Double(Moment.day)) }

func seen(
  _ at: Moment, _ price: Int64?, list: Int64? = nil, _ availability: Availability? = nil, seller: String = ""
) -> Observation {
  Observation(at: at, price: price, listPrice: list, availability: availability, seller: seller)
}

/// What a listing's observations amount to.
struct Outcome {
  var fold: ListingFold
  var roles: [ObservationRole]
  var changes: [ListingChange]

  init(_ observations: [Observation], rules: DealRules = DealRules()) {
    (fold, roles, changes) = ListingFold.replay(observations, rules: rules)
  }

  /// Deals as they were opened, judged anew and closed.
  var deals: [DealTracker.Change] {
    changes.compactMap { if case .deal(let change) = $0 { change } else { nil } }
  }
  var opened: [Deal] { deals.compactMap { if case .opened(let deal) = $0 { deal } else { nil } } }
  var closed: [Deal] { deals.compactMap { if case .closed(let deal) = $0 { deal } else { nil } } }
  var prices: [PriceChange] { changes.compactMap { if case .price(let change) = $0 { change } else { nil } } }
  var stock: [StockChange] { changes.compactMap { if case .stock(let change) = $0 { change } else { nil } } }
}

/// A generator with a seed, so that a failure can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
