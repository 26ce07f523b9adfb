internal import MeshMessages

/// How far back a product's page looks.
enum ChartSpan: String, Sendable, CaseIterable {
  case month = "30"
  case quarter = "90"
  case year = "365"
  case all

  /// Nil for all.
  var days: Int64? { Int64(rawValue) }

  func label(_ language: Language) -> String {
    days.map { language(.days, ["days": String($0)]) } ?? language(.allTime)
  }
}

/// What the services say of a product.
struct ProductFacts: Sendable {
  var product: CatalogV1.Product
  var prices: [PricingV1.ListingPrice]
  var histories: [PricingV1.ListingHistory]
  var statistics: PricingV1.PriceStatistics?
  /// Newest first, closed ones too.
  var deals: [PricingV1.Deal]
}

/// A product's page.
struct ProductModel: Sendable {
  struct Offer: Sendable {
    var shop: String
    /// The shop's own page.
    var link: String?
    /// The way there, on which visitors are counted.
    var way: String?
    var price: String
    var listPrice: String?
    var availability: Phrase
    var isInStock: Bool
    var checked: String
    var isBest: Bool
    var money: CommonV1.Money?
  }

  struct Window: Sendable {
    var label: String
    var low: String
    var lowAt: String
    var average: String
    var high: String
    var highAt: String
  }

  struct PastDeal: Sendable {
    var price: String
    var discount: String
    var tone: VerdictTone
    var shop: String
    var opened: String
    /// Nil while it is open.
    var closed: String?
  }

  struct Row: Sendable {
    var at: String
    var machine: String
    var price: String
  }

  /// That of the country whose shoppers the pages are for.
  static let homeCurrency = "TRY"

  let id: Int64
  let title: String
  let brand: String
  let gtin: String
  let category: String
  let image: String?
  let isRetired: Bool
  let price: String?
  let money: CommonV1.Money?
  let shop: String
  let shopLink: String?
  let discount: String?
  /// Of the open deal; nil without one.
  let verdict: (tone: VerdictTone, reason: String)?
  /// How the price stands to its past.
  let standing: String
  let target: CommonV1.Money?
  let span: ChartSpan
  let series: PriceSeries
  let reference: (price: Int64, since: Int64)?
  let chartTitle: String
  let rows: [Row]
  let windows: [Window]
  let offers: [Offer]
  let past: [PastDeal]
  let attributes: [(name: String, value: String)]

  /// - Parameter now: in seconds since 1970.
  init(_ facts: ProductFacts, span: ChartSpan, now: Int64, _ context: PageContext) {
    let (product, language) = (facts.product, context.language)
    id = product.id
    title = product.title
    brand = product.brand
    gtin = product.gtin
    category = product.category
    image = context.site.image(product.imageUrl)
    isRetired = product.status == .retired
    let currency = facts.statistics?.currency ?? product.price?.price?.currency ?? Self.homeCurrency
    let current = Self.best(facts, currency)
    money = current?.money
    price = current?.money.map { language.price($0) }
    shop = language.shop(current?.shop ?? "")
    shopLink = current?.link
    let deal = Self.openDeal(facts, currency, best: current?.listing ?? 0)
    discount = deal.map { language.percent(Int64($0.realDiscountBasisPoints)) }
    verdict = deal.map { (VerdictTone($0.verdict), Judgement.reason($0, language)) }
    standing = Judgement.standing(facts.statistics, language)
    target = Judgement.suggestedTarget(facts.statistics)
    self.span = span
    let series = PriceSeries(
      facts.histories, currency: currency, from: span.days.map { now - $0 * 86_400 }, to: now)
    self.series = series
    reference = deal.flatMap { deal in
      guard let price = deal.evidence?.referencePrice, let since = deal.evidence?.reductionStartedAt?.seconds
      else { return nil }
      return (price.minorUnits, since)
    }
    chartTitle = Self.summary(series, language)
    rows = series.points.map { point in
      Row(
        // Days have no hour of their own.
        at: (span.days ?? .max) > 90 ? language.date(point.at) : language.moment(point.at),
        machine: CivilTime.rfc3339(point.at),
        price: point.price.map { language.price($0, currency) } ?? language(.chartOut))
    }
    windows = Self.windows(facts.statistics, language)
    offers = Self.offers(facts, currency, language)
    past = facts.deals.prefix(20).map { Self.past($0, language) }
    attributes = product.attributes.sorted { $0.key < $1.key }.prefix(40).map { ($0.key, $0.value) }
  }

  // MARK: Parts

  static func summary(_ series: PriceSeries, _ language: Language) -> String {
    guard let low = series.lowest?.price, let high = series.highest?.price else { return language(.chartNone) }
    return language(
      .chartSummary,
      [
        "start": language.date(series.start), "end": language.date(series.end),
        "low": language.price(low, series.currency), "high": language.price(high, series.currency),
        "last": series.current.map { language.price($0, series.currency) } ?? language(.chartOut),
      ])
  }

  /// The open deal that counts, of those in the page's currency: that on the listing with the best price, else the one
  /// that scores best.
  static func openDeal(_ facts: ProductFacts, _ currency: String, best listing: Int64) -> PricingV1.Deal? {
    let open = facts.deals.filter { $0.closedAt == nil && !$0.outOfStock && $0.price?.currency == currency }
    return open.first { $0.listingId == listing } ?? open.max { ($0.score?.total ?? 0) < ($1.score?.total ?? 0) }
  }

  /// The best price and where it is: as pricing has it, which is there before the catalogue has heard of it.
  private static func best(
    _ facts: ProductFacts, _ currency: String
  ) -> (listing: Int64, money: CommonV1.Money?, shop: String, link: String?)? {
    let best = facts.prices
      .filter { $0.availability == .inStock && $0.price?.currency == currency }
      .min { ($0.price?.minorUnits ?? 0) < ($1.price?.minorUnits ?? 0) }
    guard let best else { return nil }
    let listing = facts.product.listings.first { $0.id == best.listingId }
    return (best.listingId, best.price, best.shop, listing.flatMap { way(to: $0) })
  }

  /// Where visitors of the shop's page are sent on and counted; nil where there is no page.
  private static func way(to listing: CatalogV1.Listing) -> String? {
    WebAddress.link(listing.url).map { _ in "/go/\(listing.id)" }
  }

  private static func offers(_ facts: ProductFacts, _ currency: String, _ language: Language) -> [Offer] {
    let prices = Dictionary(facts.prices.map { ($0.listingId, $0) }) { first, _ in first }
    let ordered = facts.product.listings.prefix(100).map { ($0, prices[$0.id]) }
      .sorted { left, right in
        rank(left.1, currency) < rank(right.1, currency)
      }
    return ordered.enumerated().map { index, pair in
      let (listing, price) = pair
      let isInStock = price?.availability == .inStock
      return Offer(
        shop: language.shop(listing.shop), link: WebAddress.link(listing.url), way: way(to: listing),
        price: price?.price.map { language.price($0) } ?? "—",
        listPrice: price?.listPrice.flatMap { list in
          list.minorUnits > price?.price?.minorUnits ?? .max ? language.price(list) : nil
        },
        availability: phrase(price?.availability), isInStock: isInStock,
        checked: price?.observedAt.map { language.shortMoment($0.seconds) } ?? "—", isBest: index == 0 && isInStock,
        money: price?.price)
    }
  }

  /// Those in stock first, the cheapest first; other currencies behind.
  private static func rank(_ price: PricingV1.ListingPrice?, _ currency: String) -> (Int, String, Int64) {
    guard let price, let money = price.price else { return (2, "", 0) }
    return (price.availability == .inStock ? 0 : 1, money.currency == currency ? "" : money.currency, money.minorUnits)
  }

  private static func phrase(_ availability: CommonV1.Availability?) -> Phrase {
    switch availability {
    case .inStock: .inStock
    case .outOfStock: .outOfStock
    case .preorder: .preorder
    default: .unknownStock
    }
  }

  private static func windows(_ statistics: PricingV1.PriceStatistics?, _ language: Language) -> [Window] {
    (statistics?.windows ?? []).compactMap { window in
      guard let low = window.lowest, let average = window.average, let high = window.highest else { return nil }
      return Window(
        label: window.days == 0 ? language(.windowAll) : language(.window, ["days": String(window.days)]),
        low: language.price(low), lowAt: window.lowestAt.map { language.date($0.seconds) } ?? "",
        average: language.price(average), high: language.price(high),
        highAt: window.highestAt.map { language.date($0.seconds) } ?? "")
    }
  }

  private static func past(_ deal: PricingV1.Deal, _ language: Language) -> PastDeal {
    PastDeal(
      price: deal.price.map { language.price($0) } ?? "",
      discount: language.percent(Int64(deal.realDiscountBasisPoints)), tone: VerdictTone(deal.verdict),
      shop: language.shop(deal.shop), opened: language.date(deal.openedAt?.seconds ?? 0),
      closed: deal.closedAt.map { language.date($0.seconds) })
  }
}
