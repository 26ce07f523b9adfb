internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC

/// Listings as operators add, remove and have them checked.
struct AdminListingRoutes {
  let operations: Operations

  private var backends: Backends { operations.backends }

  private static let id = Parameter<Int64>.id("id", in: .path, "The listing's id.")
  private static let job = Parameter<String>.choice(
    "job", [("product-fetch", "product-fetch"), ("price-check", "price-check")], "Only those of this job.")
  private static let fields = ["shop", "externalId", "url", "currency", "locale", "priority", "source"]

  var routes: [Route] {
    let listing = CatalogV1.Listing.layout
    return [
      Route(
        .get, "/v1/admin/listings/overdue", "listOverdue", tag: "admin",
        "Listings that are late by more than their own interval, those due longest first.", access: .operator,
        parameters: [Self.job.declaration, CommonParameters.limit.declaration],
        response: .message(PricingV1.ListOverdueResponse.layout), handler: overdue),
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
    try await operations.remove(listing: try request.required(Self.id))
    return .noContent
  }

  @Sendable private func check(_ request: GatewayRequest) async throws -> GatewayResponse {
    try GatewayJSON.response(
      try await operations.check(listing: try request.required(Self.id)), status: .accepted)
  }

  @Sendable private func overdue(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = PricingV1.ListOverdueRequest(
      job: try request.value(Self.job) ?? "", limit: UInt32(try request.value(CommonParameters.limit) ?? 20))
    return try GatewayJSON.response(try await backends.scheduler.listOverdue(message, options: backends.read))
  }
}
