internal import MeshMessages

/// A product in a list.
struct ProductCard: Sendable {
  var path: String
  var title: String
  var image: String?
  var price: String?
  var shop: String
  /// Of its open deal.
  var discount: String?
  var isOutOfStock: Bool

  init(_ product: CatalogV1.Product, _ context: PageContext) {
    path = context.path("/p/\(product.id)")
    title = product.title
    image = context.site.image(product.imageUrl)
    price = product.price?.price.map { context.language.price($0) }
    shop = context.language.shop(product.price?.shop ?? "")
    isOutOfStock = product.price?.availability == .outOfStock
    let points = Int64(product.price?.discountBasisPoints ?? 0)
    discount = points > 0 && product.price?.dealId != 0 ? context.language.percent(points) : nil
  }
}

/// How a verdict is shown.
enum VerdictTone: String, Sendable {
  case genuine, inflated, unknown

  init(_ verdict: CommonV1.Verdict) {
    switch verdict {
    case .genuine: self = .genuine
    case .inflated: self = .inflated
    default: self = .unknown
    }
  }

  var phrase: Phrase {
    switch self {
    case .genuine: .verdictGenuine
    case .inflated: .verdictInflated
    case .unknown: .verdictUnknown
    }
  }
}

/// A deal in a list.
struct DealCard: Sendable {
  var id: Int64
  var path: String
  var title: String
  var image: String?
  var price: String
  /// What it was measured by, and over how many days.
  var reference: String?
  var windowDays: Int
  var discount: String
  var claimed: String?
  var tone: VerdictTone
  var shop: String
  var flags: [Phrase]
  /// When it opened, as people and as programs read it.
  var since: String
  var sinceMachine: String

  /// - Parameter image: of its product.
  init(_ deal: PricingV1.Deal, image: String, _ context: PageContext) {
    let language = context.language
    id = deal.id
    path = context.path("/p/\(deal.productId)")
    title = deal.productTitle.isEmpty ? "#\(deal.productId)" : deal.productTitle
    self.image = context.site.image(image)
    price = deal.price.map { language.price($0) } ?? ""
    reference = deal.evidence?.referencePrice.map { language.price($0) }
    windowDays = Int(deal.evidence?.windowDays ?? 0)
    discount = language.percent(Int64(deal.realDiscountBasisPoints))
    claimed = deal.claimedDiscountBasisPoints.flatMap { points in
      // A claim that is about the truth is no news.
      points > Int32(clamping: deal.realDiscountBasisPoints) + 100 ? language.percent(Int64(points)) : nil
    }
    tone = VerdictTone(deal.verdict)
    shop = language.shop(deal.shop)
    flags = deal.flags.compactMap { flag in
      switch flag {
      case .allTimeLow: .flagAllTimeLow
      case .lowest90d: deal.flags.contains(.allTimeLow) ? nil : .flagLowest90
      case .backInStock: .flagBack
      default: nil
      }
    }
    let opened = deal.openedAt?.seconds ?? 0
    since = language.shortDate(opened)
    sinceMachine = CivilTime.rfc3339(opened)
  }
}
