internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

/// Products as operators make, change and retire them.
struct AdminProductRoutes {
  let operations: Operations

  private var backends: Backends { operations.backends }

  private static let fields = [
    "title", "brand", "gtin", "category", "imageUrl", "attributes", "status", "priority",
  ]

  var routes: [Route] {
    let product = CatalogV1.Product.layout
    return [
      Route(
        .post, "/v1/admin/products", "createProduct", tag: "admin",
        "Adds a product, with listings if the body has some.",
        access: .operator, body: .fields(Self.fields + ["listings"], of: product), status: .created,
        response: .message(product), handler: create
      ).with { $0.further = [.conflict] },
      Route(
        .patch, "/v1/admin/products/{id}", "updateProduct", tag: "admin",
        "Changes what the body names and leaves the rest as it is. With version, only the product that has it: 409 if "
          + "it was changed since.",
        access: .operator, parameters: [CommonParameters.productID.declaration],
        body: .fields(Self.fields + ["version"], of: product), response: .message(product), handler: update
      ).with { $0.further = [.conflict] },
      Route(
        .delete, "/v1/admin/products/{id}", "retireProduct", tag: "admin",
        "Retires a product: it is not listed nor checked any more, and can still be read by its id. Its status ACTIVE "
          + "brings it back.",
        access: .operator, parameters: [CommonParameters.productID.declaration], status: .noContent, response: .nothing,
        handler: retire
      ).with { $0.further = [.conflict] },
      Route(
        .post, "/v1/admin/products/{id}/check", "checkProduct", tag: "admin",
        "Makes all listings of a product due at once. Those that cannot be have a reason.", access: .operator,
        parameters: [CommonParameters.productID.declaration], status: .accepted,
        response: .object([("listings", .anyJSON)]), handler: check),
    ]
  }

  @Sendable private func create(_ request: GatewayRequest) async throws -> GatewayResponse {
    let body = try await request.jsonBody()
    try BodyFields.check(body, allowed: Self.fields + ["listings"])
    let message = CatalogV1.CreateProductRequest(product: try GatewayJSON.read(CatalogV1.Product.self, from: body))
    let created = try await backends.catalog.createProduct(message, options: backends.write)
    return try GatewayJSON.response(created, status: .created)
  }

  @Sendable private func update(_ request: GatewayRequest) async throws -> GatewayResponse {
    let body = try await request.jsonBody()
    let names = try BodyFields.named(body, allowed: Self.fields + ["version"]).filter { $0 != "version" }
    guard !names.isEmpty else { throw Problem(.badRequest, .invalidBody, "the body names nothing to change") }
    var product = try GatewayJSON.read(CatalogV1.Product.self, from: body)
    product.id = try request.required(CommonParameters.productID)
    return try GatewayJSON.response(
      try await operations.update(product, names.map(BodyFields.protoName), version: product.version))
  }

  @Sendable private func retire(_ request: GatewayRequest) async throws -> GatewayResponse {
    try await operations.retire(product: try request.required(CommonParameters.productID))
    return .noContent
  }

  @Sendable private func check(_ request: GatewayRequest) async throws -> GatewayResponse {
    let listings = try await operations.check(product: try request.required(CommonParameters.productID))
    var json = JSONWriter()
    json.beginObject()
    json.name("listings")
    json.beginArray()
    for (listing, reason) in listings {
      json.beginObject()
      json.name("listingId")
      json.string(String(listing))
      json.name("due")
      json.bool(reason == nil)
      if let reason {
        json.name("reason")
        json.string(reason)
      }
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return .json(json.bytes, status: .accepted)
  }
}
