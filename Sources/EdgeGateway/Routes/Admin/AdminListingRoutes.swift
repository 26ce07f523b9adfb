internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC

/// Listings as operators add, remove and have them checked.
struct AdminListingRoutes {
  let backends: Backends

  private static let id = Parameter<Int64>.id("id", in: .path, "The listing's id.")
  private static let fields = ["shop", "externalId", "url", "currency", "locale", "priority", "source"]

  var routes: [Route] {
    let listing = CatalogV1.Listing.layout
    return [
      Route(
        .post, "/v1/admin/products/{id}/listings", "addListing", tag: "admin",
        "Adds a listing to a product: 409 if the shop sells something under this external id.", access: .operator,
        parameters: [CommonParameters.productID.declaration], body: .fields(Self.fields, of: listing),
        status: .created, response: .message(listing), handler: add
      ).with { $0.further = [.conflict] },
      Route(
        .delete, "/v1/admin/listings/{id}", "removeListing", tag: "admin", "Removes a listing.", access: .operator,
        parameters: [Self.id.declaration], status: .noContent, response: .nothing, handler: remove
      ).with { $0.further = [.conflict] },
      Route(
        .post, "/v1/admin/listings/{id}/check", "checkNow", tag: "admin", "Makes a listing due at once.",
        access: .operator, parameters: [Self.id.declaration], status: .accepted,
        response: .message(PricingV1.CheckNowResponse.layout), handler: check
      ).with { $0.further = [.conflict] },
    ]
  }

  @Sendable private func add(_ request: GatewayRequest) async throws -> GatewayResponse {
    let body = try await request.jsonBody()
    try BodyFields.check(body, allowed: Self.fields)
    var listing = try GatewayJSON.read(CatalogV1.Listing.self, from: body)
    listing.productId = try request.required(CommonParameters.productID)
    let added = try await backends.catalog.addListing(.init(listing: listing), options: backends.write)
    return try GatewayJSON.response(added, status: .created)
  }

  @Sendable private func remove(_ request: GatewayRequest) async throws -> GatewayResponse {
    _ = try await backends.catalog.removeListing(.init(id: try request.required(Self.id)), options: backends.write)
    return .noContent
  }

  @Sendable private func check(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = PricingV1.CheckNowRequest(listingId: try request.required(Self.id))
    let response = try await backends.pricing.checkNow(message, options: backends.write)
    return try GatewayJSON.response(response, status: .accepted)
  }
}
