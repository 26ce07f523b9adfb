internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC

/// History, statistics and deals: what pricing knows.
struct PriceRoutes {
  let backends: Backends
  /// Now, in seconds since 1970.
  let now: @Sendable () -> Int64

  private static let days = Parameter<Int>.integer(
    "days", 1...36_500, "How far back; 90 if not given. Changes up to 90 days, days beyond, unless resolution says.")
  private static let resolution = Parameter<PricingV1.HistoryResolution>.choice(
    "resolution", [("changes", .changes), ("days", .days)],
    "Every change of price, list price or availability, or for each day the lowest price and the last state.")
  private static let asOf = Parameter<GoogleProtobuf.Timestamp>.time(
    "as_of", "The moment that counts as now; now if not given.")
  private static let sort = Parameter<PricingV1.DealOrder>.choice(
    "sort", [("score", .score), ("discount", .discount), ("newest", .newest)], "By score if not given.")
  private static let dealID = Parameter<Int64>.id("id", in: .path, "The deal's id.")

  var routes: [Route] {
    [
      Route(
        .get, "/v1/products/{id}/history", "getPriceHistory", tag: "prices",
        "How the prices of a product's listings changed.", freshness: .publicSeconds(10),
        parameters: [
          CommonParameters.productID.declaration, Self.days.declaration, Self.resolution.declaration,
          CommonParameters.listing.declaration,
        ],
        response: .message(PricingV1.GetPriceHistoryResponse.layout), handler: history),
      Route(
        .get, "/v1/products/{id}/statistics", "getPriceStatistics", tag: "prices",
        "Averages, lowest and highest prices over 30, 90, 180, 365 days and all time.", freshness: .publicSeconds(10),
        parameters: [
          CommonParameters.productID.declaration, CommonParameters.listing.declaration, Self.asOf.declaration,
          CommonParameters.currency.declaration,
        ],
        response: .message(PricingV1.PriceStatistics.layout), handler: statistics),
      Route(
        .get, "/v1/products/{id}/deals", "listProductDeals", tag: "deals",
        "A product's deals, past and present, with evidence.", freshness: .publicSeconds(10),
        parameters: [CommonParameters.productID.declaration] + CommonParameters.paging,
        response: .message(PricingV1.ListDealsResponse.layout), handler: productDeals),
      Route(
        .get, "/v1/deals", "listDeals", tag: "deals", "Open deals.", freshness: .publicSeconds(5),
        parameters: [
          CommonParameters.category.declaration, CommonParameters.shop.declaration,
          CommonParameters.minDiscount.declaration, CommonParameters.verdict.declaration, Self.sort.declaration,
        ] + CommonParameters.paging,
        response: .message(PricingV1.ListDealsResponse.layout), handler: deals),
      Route(
        .get, "/v1/deals/{id}", "getDeal", tag: "deals", "One deal with its evidence.", freshness: .publicSeconds(5),
        parameters: [Self.dealID.declaration], response: .message(PricingV1.Deal.layout), handler: deal),
    ]
  }

  @Sendable private func history(_ request: GatewayRequest) async throws -> GatewayResponse {
    let product = try request.required(CommonParameters.productID)
    let days = Int64(try request.value(Self.days) ?? 90)
    // Whole minutes, so that the same question within a minute has the same answer and tag.
    let start = (now() / 60 * 60) - days * 86_400
    let message = PricingV1.GetPriceHistoryRequest(
      subject: .productId(product), from: GoogleProtobuf.Timestamp(seconds: start, nanos: 0),
      resolution: try request.value(Self.resolution) ?? .unspecified)
    guard let listing = try request.value(CommonParameters.listing) else {
      return try await backends.relay(PricingV1.PricingService.Methods.getPriceHistory, of: .pricing, message)
    }
    var history = try await backends.pricing.getPriceHistory(message, options: backends.read)
    history.listings.removeAll { $0.listingId != listing }
    guard !history.listings.isEmpty else {
      throw Problem(.notFound, .notFound, "the product has no such listing", field: "listing")
    }
    return try GatewayJSON.response(history)
  }

  @Sendable private func statistics(_ request: GatewayRequest) async throws -> GatewayResponse {
    let product = try request.required(CommonParameters.productID)
    let listing = try request.value(CommonParameters.listing)
    if let listing { try await check(listing, isOf: product) }
    let message = PricingV1.GetPriceStatisticsRequest(
      subject: listing.map { .listingId($0) } ?? .productId(product), asOf: try request.value(Self.asOf),
      currency: try request.value(CommonParameters.currency) ?? "")
    return try await backends.relay(PricingV1.PricingService.Methods.getPriceStatistics, of: .pricing, message)
  }

  /// - Throws: `Problem` 404 when the listing is another product's.
  private func check(_ listing: Int64, isOf product: Int64) async throws {
    let prices = try await backends.pricing.getPrices(
      PricingV1.GetPricesRequest(listingIds: [listing]), options: backends.read)
    guard prices.prices.contains(where: { $0.listingId == listing && $0.productId == product }) else {
      throw Problem(.notFound, .notFound, "the product has no such listing", field: "listing")
    }
  }

  @Sendable private func productDeals(_ request: GatewayRequest) async throws -> GatewayResponse {
    var filter = PricingV1.DealFilter()
    filter.productId = try request.required(CommonParameters.productID)
    let message = PricingV1.ListDealsRequest(filter: filter, order: .newest, page: try request.page())
    return try await backends.relay(PricingV1.PricingService.Methods.listDeals, of: .pricing, message)
  }

  @Sendable private func deals(_ request: GatewayRequest) async throws -> GatewayResponse {
    var filter = PricingV1.DealFilter()
    filter.category = try request.value(CommonParameters.category) ?? ""
    filter.shop = try request.value(CommonParameters.shop) ?? ""
    filter.minDiscountBasisPoints = UInt32(try request.value(CommonParameters.minDiscount) ?? 0)
    filter.verdict = try request.value(CommonParameters.verdict) ?? .unspecified
    let message = PricingV1.ListDealsRequest(
      filter: filter, order: try request.value(Self.sort) ?? .score, page: try request.page())
    return try await backends.relay(PricingV1.PricingService.Methods.listDeals, of: .pricing, message)
  }

  @Sendable private func deal(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = PricingV1.GetDealRequest(id: try request.required(Self.dealID))
    return try await backends.relay(PricingV1.PricingService.Methods.getDeal, of: .pricing, message)
  }
}
