internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

/// Where the pages' facts come from.
struct PageSources: Sendable {
  let backends: Backends
  let site: PageSite
  /// Now, in seconds since 1970.
  let now: @Sendable () -> Int64
  /// Names and counts of categories: nearly every page needs them, and they change slowly.
  let tree: Memo<CategoryTree>
  /// How many open deals there are of which kind.
  let tally: Memo<DealTally>

  init(backends: Backends, site: PageSite, now: @escaping @Sendable () -> Int64) {
    self.backends = backends
    self.site = site
    self.now = now
    tree = Memo(lifetime: 60_000) {
      CategoryTree(try await backends.catalog.listCategories(.init(), options: backends.read).categories)
    }
    tally = Memo(lifetime: 30_000) {
      DealTally(
        try await backends.pricing.listDeals(
          PricingV1.ListDealsRequest(order: .score, page: CommonV1.Page(size: 200)), options: backends.read))
    }
  }

  /// How many things a part of a list shows.
  static let pageSize: UInt32 = 24

  func deals(
    _ filter: PricingV1.DealFilter, order: PricingV1.DealOrder = .score, size: UInt32 = pageSize, token: String = ""
  ) async throws -> PricingV1.ListDealsResponse {
    try await backends.pricing.listDeals(
      PricingV1.ListDealsRequest(filter: filter, order: order, page: CommonV1.Page(size: size, token: token)),
      options: backends.read)
  }

  /// Cards of deals, with the pictures of their products.
  func cards(_ deals: [PricingV1.Deal], _ context: PageContext) async throws -> [DealCard] {
    guard !deals.isEmpty else { return [] }
    var seen: Set<Int64> = []
    let ids = deals.map(\.productId).filter { seen.insert($0).inserted }
    let products = try await backends.catalog.batchGetProducts(.with { $0.ids = ids }, options: backends.read).products
    let images = Dictionary(products.map { ($0.id, $0.imageUrl) }) { first, _ in first }
    return deals.map { DealCard($0, image: images[$0.productId] ?? "", context) }
  }

  /// All that a product's page shows, asked for at once. What pricing has not heard of yet has no prices.
  func facts(_ id: Int64, _ span: ChartSpan) async throws -> ProductFacts {
    let (pricing, options) = (backends.pricing, backends.read)
    let moment = now() / 60 * 60
    async let product = backends.catalog.getProduct(CatalogV1.GetProductRequest(id: id), options: options)
    async let prices = Self.known {
      try await pricing.getPrices(PricingV1.GetPricesRequest(productIds: [id]), options: options)
    }
    async let history = Self.known {
      var request = PricingV1.GetPriceHistoryRequest(subject: .productId(id))
      request.from = span.days.map { GoogleProtobuf.Timestamp(seconds: moment - $0 * 86_400, nanos: 0) }
      request.resolution = (span.days ?? .max) > 90 ? .days : .changes
      return try await pricing.getPriceHistory(request, options: options)
    }
    async let statistics = statistics(id)
    async let deals = Self.known {
      var filter = PricingV1.DealFilter()
      filter.productId = id
      return try await self.deals(filter, order: .newest)
    }
    return ProductFacts(
      product: try await product, prices: try await prices?.prices ?? [],
      histories: try await history?.listings ?? [], statistics: try await statistics,
      deals: try await deals?.deals ?? [])
  }

  /// In the currency of the pages' country where the product is sold in it; else in that of its oldest listing.
  func statistics(_ id: Int64) async throws -> PricingV1.PriceStatistics? {
    @Sendable func ask(_ currency: String) async throws -> PricingV1.PriceStatistics {
      try await backends.pricing.getPriceStatistics(
        PricingV1.GetPriceStatisticsRequest(subject: .productId(id), currency: currency), options: backends.read)
    }
    return try await Self.known {
      do {
        return try await ask(ProductModel.homeCurrency)
      } catch let error as RPCError where error.code == .invalidArgument {
        return try await ask("")
      }
    }
  }

  private static func known<Answer: Sendable>(_ ask: @Sendable () async throws -> Answer) async throws -> Answer? {
    do {
      return try await ask()
    } catch let error as RPCError where error.code == .notFound {
      return nil
    }
  }
}
