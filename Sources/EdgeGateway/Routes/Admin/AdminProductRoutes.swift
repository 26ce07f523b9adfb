internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

/// Products as operators make, change and retire them.
struct AdminProductRoutes {
  let backends: Backends

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
    return try GatewayJSON.response(try await update(product, names.map(BodyFields.protoName), product.version))
  }

  private func update(
    _ product: CatalogV1.Product, _ paths: [String], _ version: Int64
  ) async throws -> CatalogV1.Product {
    guard version >= 0 else {
      throw Problem(.badRequest, .invalidBody, "version: expected that of a product", field: "version")
    }
    let message = CatalogV1.UpdateProductRequest(
      product: product, updateMask: GoogleProtobuf.FieldMask(paths: paths), expectedVersion: version)
    return try await backends.catalog.updateProduct(message, options: backends.write)
  }

  @Sendable private func retire(_ request: GatewayRequest) async throws -> GatewayResponse {
    let id = try request.required(CommonParameters.productID)
    _ = try await update(.with { ($0.id, $0.status) = (id, .retired) }, ["status"], 0)
    return .noContent
  }

  /// Calls under way at a time.
  private static let width = 8

  @Sendable private func check(_ request: GatewayRequest) async throws -> GatewayResponse {
    let id = try request.required(CommonParameters.productID)
    let product = try await backends.catalog.getProduct(.init(id: id), options: backends.read)
    let reasons = try await withThrowingTaskGroup(of: (Int64, String?).self) { group in
      var reasons: [Int64: String?] = [:]
      for (index, listing) in product.listings.enumerated() {
        if index >= Self.width, let (id, reason) = try await group.next() { reasons.updateValue(reason, forKey: id) }
        group.addTask { (listing.id, try await problem(checking: listing.id)) }
      }
      for try await (id, reason) in group { reasons.updateValue(reason, forKey: id) }
      return reasons
    }
    var json = JSONWriter()
    json.beginObject()
    json.name("listings")
    json.beginArray()
    for listing in product.listings {
      let reason = reasons[listing.id] ?? nil
      json.beginObject()
      json.name("listingId")
      json.string(String(listing.id))
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

  /// Why a listing cannot be made due; nil when it is.
  ///
  /// - Throws: `RPCError` where nothing can be told of the listing.
  private func problem(checking listing: Int64) async throws -> String? {
    do {
      _ = try await backends.pricing.checkNow(.init(listingId: listing), options: backends.write)
      return nil
    } catch let error as RPCError where error.code == .failedPrecondition || error.code == .notFound {
      return StatusMapping.problem(for: error).detail
    }
  }
}
