import MeshMessages
import PostgresClient

/// Folds pricing's events, in order, into what each listing is now.
enum PriceFold {
  static func updates(_ events: [PricingV1.PricingEvent]) -> [PriceUpdate] {
    var byListing: [Int64: PriceUpdate] = [:]
    func change(_ listing: Int64, _ body: (inout PriceUpdate) -> Void) {
      body(&byListing[listing, default: PriceUpdate(listingID: listing)])
    }
    for event in events {
      switch event.change {
      case .priceChanged(let changed):
        change(changed.listingId) { update in
          if let price = changed.price {
            update.currency = price.currency
            update.price = price.minorUnits
          }
          update.listPrice = .some(changed.listPrice?.minorUnits)
          update.availability = Int16(clamping: changed.availability.rawValue)
          update.dealID = changed.dealId
          update.discount = changed.dealId == 0 ? 0 : Int32(clamping: changed.discountBasisPoints)
          update.observedAt = changed.observedAt.map(Timestamp.init)
        }
      case .stockChanged(let changed):
        change(changed.listingId) { update in
          update.availability = Int16(clamping: changed.availability.rawValue)
          update.observedAt = changed.observedAt.map(Timestamp.init) ?? update.observedAt
          if let price = changed.price {
            update.currency = price.currency
            update.price = price.minorUnits
          }
        }
      case .dealOpened(let deal):
        change(deal.listingId) { update in
          update.dealID = deal.id
          update.discount = Int32(clamping: deal.realDiscountBasisPoints)
        }
      case .dealClosed(let deal):
        change(deal.listingId) { update in
          update.dealID = 0
          update.discount = 0
        }
      case nil: break
      }
    }
    return Array(byListing.values)
  }
}
