internal import CoreMetrics
internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC

/// The way to a shop's page.
///
/// | metric | type | labels |
/// |---|---|---|
/// | `edge_shop_visits_total` | counter | tagged: whether the shop is told that we sent the visitor |
struct AffiliateRoutes {
  let backends: Backends
  let tags: AffiliateTags
  let analytics: Analytics

  private static let listing = Parameter<Int64>.id("listing", in: .path, "The listing's id.")
  private static let visits = (tagged: visits("true"), plain: visits("false"))

  private static func visits(_ tagged: String) -> Counter {
    Counter(label: "edge_shop_visits_total", dimensions: [("tagged", tagged)])
  }

  var routes: [Route] {
    [
      Route(
        .get, "/go/{listing}", "visitShop", tag: "site", "Sends a visitor on to the page where a shop sells a listing.",
        limit: .web, parameters: [Self.listing.declaration], status: .found, response: .nothing, handler: visit)
    ]
  }

  @Sendable private func visit(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = CatalogV1.GetListingRequest(id: try request.required(Self.listing))
    let listing = try await backends.catalog.getListing(message, options: backends.read)
    guard let destination = tags.destination(listing.url, shop: listing.shop) else {
      throw Problem(.notFound, .notFound, "the listing has no page", field: "listing")
    }
    if request.head.method == .get {
      (tags.hasTag(of: listing.shop) ? Self.visits.tagged : Self.visits.plain).increment()
      analytics.recordVisit(of: listing, request)
    }
    var response = GatewayResponse(status: .found)
    response.fields[.location] = destination
    // The way is no page of its own, and each going is counted: nobody keeps it, and no search engine shows it.
    response.fields[.cacheControl] = "no-store"
    response.fields[.robots] = "noindex, nofollow"
    return response
  }
}

extension HTTPField.Name {
  static let robots = HTTPField.Name("X-Robots-Tag") ?? .xContentTypeOptions
}
