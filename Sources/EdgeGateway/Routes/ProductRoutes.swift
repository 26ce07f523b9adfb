internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC

/// Products, search, suggestions, categories: what the catalog knows.
struct ProductRoutes {
  let backends: Backends

  private static let brand = Parameter<String>.text("brand", length: 1...200, "A brand's name.")
  private static let externalID = Parameter<String>.text(
    "external_id", length: 1...200, "Together with shop: what the shop sells under its own id.")
  private static let status = Parameter<CatalogV1.ProductStatus>.choice(
    "status", [("active", .active), ("retired", .retired)], "Active ones if not given.")
  private static let minPrice = Parameter<String>.amount("min_price", "The least price, in currency.")
  private static let maxPrice = Parameter<String>.amount("max_price", "The highest price, in currency.")
  private static let onSale = Parameter<Bool>.boolean("on_sale", "Only products with an open deal.")
  private static let listings = Parameter<Bool>.boolean("listings", "Whether each product shows its listings.")
  private static let listSort = Parameter<CatalogV1.ProductOrder>.choice(
    "sort", orders, "Newest first if not given. The sorts by price need currency, which is TRY if not given.")
  private static let searchSort = Parameter<CatalogV1.ProductOrder>.choice(
    "sort", [("relevance", .relevance)] + orders, "By relevance if not given.")
  private static let orders: [(String, CatalogV1.ProductOrder)] = [
    ("price", .price), ("-price", .priceDescending), ("discount", .discount), ("newest", .newest),
    ("updated", .updated),
  ]
  private static let query = Parameter<String>.text(
    "q", isRequired: true, length: 1...200, "What to look for. Accents and case do not matter."
  ).example("kulaklik")
  private static let prefix = Parameter<String>.text(
    "q", isRequired: true, length: 1...100, "The first letters of what is looked for."
  ).example("kul")
  private static let suggestions = Parameter<Int>.integer("limit", 1...20, "How many at most; 8 if not given.")
  private static let parent = Parameter<String>.text("parent", length: 1...500, "Only those right below this path.")

  private static let filters = [
    CommonParameters.category.declaration, brand.declaration, CommonParameters.shop.declaration,
    externalID.declaration, status.declaration, CommonParameters.currency.declaration, minPrice.declaration,
    maxPrice.declaration, CommonParameters.minDiscount.declaration, onSale.declaration,
  ]

  var routes: [Route] {
    [
      Route(
        .get, "/v1/products", "listProducts", tag: "products", "Products, filtered and sorted.",
        freshness: .publicSeconds(10),
        parameters: Self.filters + [Self.listSort.declaration, Self.listings.declaration] + CommonParameters.paging,
        response: .message(CatalogV1.ListProductsResponse.layout), handler: list),
      Route(
        .get, "/v1/products/{id}", "getProduct", tag: "products", "One product with its listings and price.",
        freshness: .publicSeconds(10), parameters: [CommonParameters.productID.declaration],
        response: .message(CatalogV1.Product.layout), handler: get),
      Route(
        .get, "/v1/search", "searchProducts", tag: "products", "Products that fit what a person typed.",
        freshness: .publicSeconds(10),
        parameters: [Self.query.declaration] + Self.filters + [Self.searchSort.declaration] + CommonParameters.paging,
        response: .message(CatalogV1.SearchProductsResponse.layout), handler: search),
      Route(
        .get, "/v1/suggest", "suggestProducts", tag: "products", "How to go on with what a person types.",
        freshness: .publicSeconds(60), parameters: [Self.prefix.declaration, Self.suggestions.declaration],
        response: .message(CatalogV1.SuggestProductsResponse.layout), handler: suggest),
      Route(
        .get, "/v1/categories", "listCategories", tag: "products", "The tree of categories.",
        freshness: .publicSeconds(60), parameters: [Self.parent.declaration],
        response: .message(CatalogV1.ListCategoriesResponse.layout), handler: categories),
    ]
  }

  @Sendable private func list(_ request: GatewayRequest) async throws -> GatewayResponse {
    let order = try request.value(Self.listSort) ?? .newest
    let message = CatalogV1.ListProductsRequest(
      filter: try filter(request, order), order: order, page: try request.page(),
      includeListings: try request.value(Self.listings) ?? false)
    return try await backends.relay(CatalogV1.CatalogService.Methods.listProducts, of: .catalog, message)
  }

  @Sendable private func get(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = CatalogV1.GetProductRequest(id: try request.required(CommonParameters.productID))
    return try await backends.relay(CatalogV1.CatalogService.Methods.getProduct, of: .catalog, message)
  }

  @Sendable private func search(_ request: GatewayRequest) async throws -> GatewayResponse {
    let order = try request.value(Self.searchSort) ?? .relevance
    let message = CatalogV1.SearchProductsRequest(
      query: try request.required(Self.query), filter: try filter(request, order), order: order,
      page: try request.page())
    return try await backends.relay(CatalogV1.CatalogService.Methods.searchProducts, of: .catalog, message)
  }

  @Sendable private func suggest(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = CatalogV1.SuggestProductsRequest(
      prefix: try request.required(Self.prefix), limit: UInt32(try request.value(Self.suggestions) ?? 8))
    return try await backends.relay(CatalogV1.CatalogService.Methods.suggestProducts, of: .catalog, message)
  }

  @Sendable private func categories(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = CatalogV1.ListCategoriesRequest(parent: try request.value(Self.parent) ?? "")
    return try await backends.relay(CatalogV1.CatalogService.Methods.listCategories, of: .catalog, message)
  }

  private func filter(
    _ request: GatewayRequest, _ order: CatalogV1.ProductOrder
  ) throws -> CatalogV1.ProductFilter {
    var filter = CatalogV1.ProductFilter()
    filter.category = try request.value(CommonParameters.category) ?? ""
    filter.brand = try request.value(Self.brand) ?? ""
    filter.shop = try request.value(CommonParameters.shop) ?? ""
    filter.externalId = try request.value(Self.externalID) ?? ""
    if !filter.externalId.isEmpty, filter.shop.isEmpty {
      throw Problem.invalid("shop", "is missing: external_id is known within a shop only")
    }
    filter.status = try request.value(Self.status) ?? .active
    filter.minDiscountBasisPoints = UInt32(try request.value(CommonParameters.minDiscount) ?? 0)
    filter.onSale = try request.value(Self.onSale) ?? false
    let currency = try request.value(CommonParameters.currency) ?? "TRY"
    let least = try minorUnits(request, Self.minPrice, currency)
    let most = try minorUnits(request, Self.maxPrice, currency)
    if let least, let most, least > most { throw Problem.invalid("max_price", "is below min_price") }
    filter.minPrice = least
    filter.maxPrice = most
    let isByPrice = order == .price || order == .priceDescending
    let isGiven = try request.value(CommonParameters.currency) != nil
    if isGiven || isByPrice || least != nil || most != nil { filter.currency = currency }
    return filter
  }

  private func minorUnits(
    _ request: GatewayRequest, _ parameter: Parameter<String>, _ currency: String
  ) throws -> Int64? {
    guard let text = try request.value(parameter) else { return nil }
    guard let units = CurrencyAmount.minorUnits(text, currency) else {
      let decimals = CurrencyAmount.decimals(of: currency)
      throw Problem.invalid(
        parameter.declaration.name, "expected a decimal amount of \(currency) with at most \(decimals) decimals")
    }
    return units
  }
}
