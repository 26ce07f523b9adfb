internal import MeshMessages

/// Events of the catalogue, reduced to what they amount to.
struct CatalogBatch {
  struct Listing {
    var id: Int64
    var productID: Int64
    var shop: String
    var externalID: String
    var url: String
    var currency: String
    var locale: String
    var source: String
    var title: String
    var category: String
    var createdAt: Moment
    var priority: PriorityClass
    var isRetired: Bool

    /// Whether somebody must go and look: prices of others are pushed.
    var isWatched: Bool { !isRetired && (source == "feed" || (source == "page" && !url.isEmpty)) }
    var job: JobName { source == "feed" ? .productFetch : .priceCheck }
    /// Whom a look asks: the page's host; a feed is its shop's.
    var host: String { (source == "page" ? SourceHost.of(url) : nil) ?? shop }
  }

  struct Product {
    var id: Int64
    var title: String
    var category: String
    var isRetired: Bool
  }

  var listings: [Int64: Listing] = [:]
  var products: [Int64: Product] = [:]
  var removedListings: [Int64: Moment] = [:]
  var removedProducts: [Int64: Moment] = [:]
  let now: Moment

  init(now: Moment) {
    self.now = now
  }

  mutating func take(_ event: CatalogV1.CatalogEvent) {
    let at = event.occurredAt.flatMap { Moment($0) } ?? now
    switch event.change {
    case .listingChanged(let change): take(change, at: at)
    case .listingRemoved(let change):
      listings[change.listingId] = nil
      removedListings[change.listingId] = at
    case .productChanged(let product):
      let product = Product(
        id: product.id, title: product.title, category: product.category, isRetired: product.status == .retired)
      products[product.id] = product
      for (id, listing) in listings where listing.productID == product.id {
        listings[id]?.title = product.title
        listings[id]?.category = product.category
        listings[id]?.isRetired = product.isRetired
      }
    case .productRemoved(let id):
      products[id] = nil
      for (listing, known) in listings where known.productID == id {
        listings[listing] = nil
        removedListings[listing] = at
      }
      removedProducts[id] = at
    case nil: break
    }
  }

  private mutating func take(_ change: CatalogV1.ListingChanged, at: Moment) {
    guard let listing = change.listing else { return }
    removedListings[listing.id] = nil
    listings[listing.id] = Listing(
      id: listing.id, productID: listing.productId, shop: listing.shop, externalID: listing.externalId,
      url: listing.url, currency: listing.currency, locale: listing.locale, source: listing.source,
      title: change.productTitle, category: change.category,
      createdAt: listing.createdAt.flatMap { Moment($0) } ?? at,
      priority: PriorityClass(rawValue: Int16(clamping: listing.priority.rawValue)) ?? .normal,
      isRetired: change.productStatus == .retired)
  }
}
