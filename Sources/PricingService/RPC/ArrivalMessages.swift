internal import MeshMessages

extension Arrival {
  /// An observation as a client sent it. What cannot be kept is found out later, by `checked`.
  init(_ message: PricingV1.Observation) {
    let target: Target =
      switch message.listing {
      case .listingId(let id) where id > 0: .id(id)
      case .key(let key) where Self.isKey(key): .key(shop: key.shop, externalID: key.externalId)
      default: .missing
      }
    self.init(
      target: target, observedAt: message.observedAt.flatMap { Moment($0) },
      price: message.price.map { Amount(minorUnits: $0.minorUnits, currency: $0.currency) },
      listPrice: message.listPrice.map { Amount(minorUnits: $0.minorUnits, currency: $0.currency) },
      availability: Availability(rawValue: Int16(clamping: message.availability.rawValue)), seller: message.seller)
  }

  private static func isKey(_ key: PricingV1.ListingKey) -> Bool {
    (1...64).contains(key.shop.utf8.count) && (1...800).contains(key.externalId.utf8.count)
  }
}
