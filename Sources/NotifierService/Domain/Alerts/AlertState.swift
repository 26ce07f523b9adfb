/// What an alert remembers between events.
struct AlertState: Hashable, Sendable {
  /// The price that drops are counted from, when it is known.
  var basePrice: Money?
  var lastFired: Firing?
  /// By listing. At most `maximumListings`.
  var listings: [Int64: ListingMemory] = [:]
  /// When it fired for the last time of its life, with `Rearm.once`.
  var endedAt: UnixTime?

  struct Firing: Hashable, Sendable {
    var at: UnixTime
    /// Nil where no price was known: something came back in stock.
    var price: Money?
  }

  struct ListingMemory: Hashable, Sendable {
    /// Whether the condition holds for it as far as is known: it is at or below the target, or in stock.
    var holds = false
    /// Since when it is out of stock.
    var outSince: UnixTime?
    /// The price in minor units that was told last, or that was the first one known.
    var toldPrice: Int64?

    var isBlank: Bool { self == ListingMemory() }
  }

  /// A product of more listings than this is watched on these only.
  static let maximumListings = 64

  /// Whether the condition holds for any listing.
  var holds: Bool { listings.values.contains { $0.holds } }

  func memory(of listing: Int64) -> ListingMemory { listings[listing] ?? ListingMemory() }

  mutating func remember(_ memory: ListingMemory, of listing: Int64) {
    if memory.isBlank {
      listings[listing] = nil
    } else if listings[listing] != nil || listings.count < Self.maximumListings {
      listings[listing] = memory
    }
  }
}
