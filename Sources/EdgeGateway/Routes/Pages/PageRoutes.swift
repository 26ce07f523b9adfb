internal import HTTPTransport
internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

/// The shoppers' pages, in one language.
struct PageRoutes {
  let sources: PageSources
  let language: Language

  private typealias P = PageParameters

  var routes: [Route] {
    [
      page("/", "home", "The best genuine deals now.", seconds: 5, shows: .deals, handler: home),
      page(
        "/deals", "deals", "Open deals, filtered and sorted.", seconds: 5, shows: .deals,
        parameters: [
          P.category.declaration, P.shop.declaration, P.discount.declaration, P.verdict.declaration,
          P.dealSort.declaration, P.token.declaration,
        ], handler: deals),
      page(
        "/search", "search", "Products that fit what a person typed.", seconds: 10, shows: .products,
        parameters: [
          P.query.declaration, P.category.declaration, P.brand.declaration, P.shop.declaration, P.least.declaration,
          P.most.declaration, P.onSale.declaration, P.searchSort.declaration, P.token.declaration,
        ], handler: search),
      page("/categories", "categories", "All categories.", seconds: 60, shows: nil, handler: categories),
      page(
        "/c/{path*}", "category", "A category and its products.", seconds: 10, shows: .category,
        parameters: [
          P.categoryPath.declaration, P.listSort.declaration, P.onSale.declaration, P.token.declaration,
        ], handler: category),
      page(
        "/p/{id}", "product", "A product: price, history, verdict, offers.", seconds: 10, shows: .product,
        parameters: [P.productID.declaration, P.span.declaration], handler: product),
    ]
  }

  private func page(
    _ path: String, _ name: String, _ summary: String, seconds: Int, shows: Route.Subject?,
    parameters: [ParameterDeclaration] = [], handler: @escaping Route.Handler
  ) -> Route {
    var route = Route(
      .get, language.path(path), "page-\(name)-\(language.code)", tag: "pages", "\(summary) (\(language.code))",
      freshness: .publicSeconds(seconds), limit: .web, parameters: parameters, response: .html, handler: handler)
    route.isPage = true
    route.shows = shows
    return route
  }

  private func context(_ path: String, isCanonical: Bool = true) -> PageContext {
    PageContext(site: sources.site, language: language, path: path, isCanonical: isCanonical)
  }

  // MARK: Pages

  @Sendable private func home(_ request: GatewayRequest) async throws -> GatewayResponse {
    let context = context("/")
    var filter = PricingV1.DealFilter()
    filter.verdict = .genuine
    async let tree = sources.tree.value()
    let deals = try await sources.deals(filter, size: 12).deals
    return HomePage(
      context: context, deals: try await sources.cards(deals, context),
      categories: Array(try await tree.below("").prefix(12))
    ).response()
  }

  @Sendable private func deals(_ request: GatewayRequest) async throws -> GatewayResponse {
    let filter = DealsPage.Filter(
      category: request.query["category"] ?? "", shop: request.query["shop"] ?? "",
      discount: request.query["min_discount"] ?? "", verdict: request.query["verdict"] ?? "",
      sort: request.query["sort"] ?? "")
    let token = try request.given(P.token) ?? ""
    let query = WebAddress.query(filter.items + [("page_token", token)])
    let context = context("/deals" + query, isCanonical: query.isEmpty)
    async let tree = sources.tree.value()
    async let tally = sources.tally.value()
    let answer = try await sources.deals(
      try request.dealFilter(), order: try request.given(P.dealSort) ?? .score, token: token)
    return DealsPage(
      context: context, filter: filter, deals: try await sources.cards(answer.deals, context), token: token,
      next: answer.nextPageToken, tree: try await tree, tally: try await tally
    ).response()
  }

  @Sendable private func search(_ request: GatewayRequest) async throws -> GatewayResponse {
    let text = try request.given(P.query) ?? ""
    let filter = SearchPage.Filter(
      query: text, category: request.query["category"] ?? "", brand: request.query["brand"] ?? "",
      shop: request.query["shop"] ?? "", least: request.query["min_price"] ?? "",
      most: request.query["max_price"] ?? "", onSale: try request.given(P.onSale) == true ? "true" : "",
      sort: request.query["sort"] ?? "")
    let token = try request.given(P.token) ?? ""
    let context = context("/search" + WebAddress.query(filter.items + [("page_token", token)]), isCanonical: false)
    guard !text.isEmpty else {
      return SearchPage(
        context: context, filter: filter, products: [], token: "", next: "", tree: CategoryTree(), tally: SearchTally()
      ).response()
    }
    let question = try searchQuestion(request, text, token)
    let (catalog, options) = (sources.backends.catalog, sources.backends.read)
    async let tree = sources.tree.value()
    // What each filter would leave is counted over what the words alone find.
    async let all = catalog.searchProducts(
      CatalogV1.SearchProductsRequest(
        query: text, filter: .with { $0.status = .active }, page: .with { $0.size = 200 }),
      options: options)
    let answer = try await catalog.searchProducts(question, options: options)
    return SearchPage(
      context: context, filter: filter, products: answer.products.map { ProductCard($0, context) }, token: token,
      next: answer.nextPageToken, tree: try await tree, tally: SearchTally(try await all)
    ).response()
  }

  private func searchQuestion(
    _ request: GatewayRequest, _ text: String, _ token: String
  ) throws -> CatalogV1.SearchProductsRequest {
    var filter = CatalogV1.ProductFilter()
    filter.status = .active
    filter.category = try request.given(P.category) ?? ""
    filter.brand = try request.given(P.brand) ?? ""
    filter.shop = try request.given(P.shop) ?? ""
    filter.onSale = try request.given(P.onSale) ?? false
    filter.minPrice = try amount(request, P.least)
    filter.maxPrice = try amount(request, P.most)
    if let least = filter.minPrice, let most = filter.maxPrice, least > most {
      throw Problem.invalid("max_price", "is below min_price")
    }
    let order = try request.given(P.searchSort) ?? .relevance
    let isByPrice = order == .price || order == .priceDescending
    if isByPrice || filter.minPrice != nil || filter.maxPrice != nil { filter.currency = "TRY" }
    return CatalogV1.SearchProductsRequest(
      query: text, filter: filter, order: order, page: CommonV1.Page(size: PageSources.pageSize, token: token))
  }

  private func amount(_ request: GatewayRequest, _ parameter: Parameter<String?>) throws -> Int64? {
    guard let text = try request.given(parameter) else { return nil }
    guard let units = CurrencyAmount.minorUnits(text, "TRY") else {
      throw Problem.invalid(parameter.declaration.name, parameter.declaration.expected)
    }
    return units
  }

  @Sendable private func categories(_ request: GatewayRequest) async throws -> GatewayResponse {
    CategoriesPage(context: context("/categories"), tree: try await sources.tree.value()).response()
  }

  @Sendable private func category(_ request: GatewayRequest) async throws -> GatewayResponse {
    let path = try request.required(P.categoryPath)
    // The order of no choice has one address.
    let sort = request.query["sort"].flatMap { $0 == "newest" ? nil : $0 } ?? ""
    let onSale = try request.given(P.onSale) ?? false
    let token = try request.given(P.token) ?? ""
    let query = WebAddress.query([("on_sale", onSale ? "true" : ""), ("sort", sort), ("page_token", token)])
    let context = context(
      "/c/" + WebAddress.encode(path, keepsSlashes: true) + query, isCanonical: query.isEmpty)
    var filter = CatalogV1.ProductFilter()
    filter.category = path
    filter.status = .active
    filter.onSale = onSale
    let order = try request.given(P.listSort) ?? .newest
    if order == .price || order == .priceDescending { filter.currency = "TRY" }
    async let list = sources.backends.catalog.listProducts(
      CatalogV1.ListProductsRequest(
        filter: filter, order: order, page: CommonV1.Page(size: PageSources.pageSize, token: token)),
      options: sources.backends.read)
    let tree = try await sources.tree.value()
    let answer = try await list
    // One that has products is there, even if the tree is older than it.
    guard tree[path] != nil || !answer.products.isEmpty else { throw Problem.noSuchPage }
    return CategoryPage(
      context: context, category: path, tree: tree, products: answer.products.map { ProductCard($0, context) },
      sort: sort, onSale: onSale, token: token, next: answer.nextPageToken
    ).response()
  }

  @Sendable private func product(_ request: GatewayRequest) async throws -> GatewayResponse {
    let id = try request.required(P.productID)
    let span = try request.value(P.span) ?? .quarter
    async let tree = sources.tree.value()
    let facts = try await sources.facts(id, span)
    let context = context("/p/\(id)")
    let names = try await tree
    let now = sources.now()
    // A long history takes a few milliseconds to sort and draw: not on the connection's loop.
    return await withTaskExecutorPreference(globalConcurrentExecutor) {
      ProductPage(context: context, model: ProductModel(facts, span: span, now: now, context), tree: names).response()
    }
  }
}

extension GatewayRequest {
  /// The value of a parameter that may be left empty.
  ///
  /// - Throws: `Problem` that names it.
  func given<Value>(_ parameter: Parameter<Value?>) throws -> Value? { try value(parameter) ?? nil }

  /// Which deals are asked for, of pages and feeds.
  ///
  /// - Throws: `Problem`.
  func dealFilter() throws -> PricingV1.DealFilter {
    var filter = PricingV1.DealFilter()
    filter.category = try given(PageParameters.category) ?? ""
    filter.shop = try given(PageParameters.shop) ?? ""
    filter.minDiscountBasisPoints = UInt32(try given(PageParameters.discount) ?? 0)
    filter.verdict = try given(PageParameters.verdict) ?? .unspecified
    return filter
  }
}
