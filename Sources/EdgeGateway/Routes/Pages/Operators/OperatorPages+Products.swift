internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

/// Products and their listings.
extension OperatorPages {
  private static let query = Parameter<String>.text("q", length: 1...200, "What to look for.")
  private static let externalID = Parameter<String>.text(
    "external_id", length: 1...200, "What the shop calls it; with its shop.")
  private static let status = Parameter<CatalogV1.ProductStatus>.choice(
    "status", [("active", .active), ("retired", .retired)], "Only those; active ones if not given.")
  private static let id = Parameter<Int64>.id("id", in: .path, "Which one.")

  var productRoutes: [Route] {
    [
      page(
        "/admin/products", "products", "Products, found by words or by shop.",
        parameters: [
          Self.query.declaration, CommonParameters.shop.declaration, Self.externalID.declaration,
          Self.status.declaration, CommonParameters.pageToken.declaration,
        ], handler: products),
      page(
        "/admin/products/{id}", "product", "One product, to be changed.", parameters: [Self.id.declaration]
      ) { request, context in
        let product = try await product(try request.required(Self.id))
        return try productPage(
          request, product, FormMarkup(context: context, values: ProductEditPage.values(product)))
      },
      form(
        "/admin/products/{id}", "updateProduct", "Changes a product.", parameters: [Self.id.declaration],
        fields: ProductEditPage.fields + ["version"], handler: updateProduct),
      form(
        "/admin/products/{id}/check", "checkProduct", "Makes all listings of a product due at once.",
        parameters: [Self.id.declaration]
      ) { request, _ in
        let id = try request.required(Self.id)
        let listings = try await operations.check(product: id)
        return go("/admin/products/\(id)", listings.contains { $0.reason != nil } ? .checkSome : .check)
      },
      page(
        "/admin/products/{id}/retire", "retireProduct", "Asks whether a product shall be retired.",
        parameters: [Self.id.declaration]
      ) { request, context in
        let product = try await product(try request.required(Self.id))
        let words = OperatorContext(page: context)
        return try layout(request, context, .products, title: words(.retireQuestion, ["title": product.title]))
          .question(
            words(.retireConsequence), button: .retire, path: "/admin/products/\(product.id)/retire",
            cancel: "/admin/products/\(product.id)")
      },
      form(
        "/admin/products/{id}/retire", "retireProduct", "Retires a product.", parameters: [Self.id.declaration]
      ) { request, _ in
        let id = try request.required(Self.id)
        try await operations.retire(product: id)
        return go("/admin/products/\(id)", .retired)
      },
      form(
        "/admin/products/{id}/revive", "updateProduct", "Brings a product back.", name: "reviveProduct",
        parameters: [Self.id.declaration]
      ) { request, _ in
        let id = try request.required(Self.id)
        _ = try await operations.update(.with { ($0.id, $0.status) = (id, .active) }, ["status"], version: 0)
        return go("/admin/products/\(id)", .revived)
      },
      page(
        "/admin/listings/{id}/remove", "removeListing", "Asks whether a listing shall be removed.",
        parameters: [Self.id.declaration]
      ) { request, context in
        let listing = try await listing(request)
        let words = OperatorContext(page: context)
        return try layout(request, context, .products, title: words(.removeQuestion, ["listing": "\(listing.id)"]))
          .question(
            words(.removeConsequence, ["shop": context.language.shop(listing.shop)]), button: .remove,
            path: "/admin/listings/\(listing.id)/remove", cancel: "/admin/products/\(listing.productId)")
      },
      form(
        "/admin/listings/{id}/remove", "removeListing", "Removes a listing.", parameters: [Self.id.declaration]
      ) { request, _ in
        let listing = try await listing(request)
        try await operations.remove(listing: listing.id)
        return go("/admin/products/\(listing.productId)", .listingRemoved)
      },
    ]
  }

  private func product(_ id: Int64) async throws -> CatalogV1.Product {
    try await backends.catalog.getProduct(.init(id: id), options: backends.read)
  }

  private func listing(_ request: GatewayRequest) async throws -> CatalogV1.Listing {
    try await backends.catalog.getListing(.init(id: try request.required(Self.id)), options: backends.read)
  }

  @Sendable private func products(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let token = try request.value(CommonParameters.pageToken) ?? ""
    var filter = CatalogV1.ProductFilter()
    filter.status = try request.value(Self.status) ?? .unspecified
    filter.shop = try request.value(CommonParameters.shop) ?? ""
    filter.externalId = try request.value(Self.externalID) ?? ""
    guard filter.externalId.isEmpty || !filter.shop.isEmpty else {
      throw Problem.invalid("shop", "is missing: external_id is a shop's")
    }
    let page = CommonV1.Page(size: Self.pageSize, token: token)
    let found: (products: [CatalogV1.Product], next: String)
    if let text = try request.value(Self.query) {
      let answer = try await backends.catalog.searchProducts(
        .init(query: text, filter: filter, page: page), options: backends.read)
      found = (answer.products, answer.nextPageToken)
    } else {
      let answer = try await backends.catalog.listProducts(
        .init(filter: filter, order: .newest, page: page), options: backends.read)
      found = (answer.products, answer.nextPageToken)
    }
    let shown = ProductsPage.Filter(
      query: request.query["q"] ?? "", shop: filter.shop, externalID: filter.externalId,
      status: request.query["status"] ?? "")
    return ProductsPage(
      layout: try layout(request, context, .products), filter: shown, products: found.products, token: token,
      next: found.next
    ).response()
  }

  private func productPage(
    _ request: GatewayRequest, _ product: CatalogV1.Product, _ form: FormMarkup,
    status: HTTPResponse.Status = .ok
  ) throws -> GatewayResponse {
    ProductEditPage(
      layout: try layout(request, form.context, .products, title: product.title), product: product, form: form,
      status: status
    ).response()
  }

  private static let faults: [String: OperatorPhrase] = [
    "title": .titleFault, "brand": .brandFault, "gtin": .gtinFault, "category": .categoryFault,
    "image_url": .imageFault,
  ]

  @Sendable private func updateProduct(
    _ request: GatewayRequest, _ context: PageContext
  ) async throws -> GatewayResponse {
    let id = try request.required(Self.id)
    let words = OperatorContext(page: context)
    var form = FormMarkup(context: context)
    for field in ProductEditPage.fields + ["version"] { form.values[field] = request.form.trimmed(field) }
    guard let priority = ProductEditPage.priorities.first(where: { $0.word == form.values["priority"] }) else {
      throw Problem(.badRequest, .invalidBody, "priority: expected hot, normal, cold or nothing", field: "priority")
    }
    guard let version = Int64(form.values["version"] ?? ""), version > 0 else {
      throw Problem(.badRequest, .invalidBody, "version: expected that of a product", field: "version")
    }
    let values = form.values
    let changed = CatalogV1.Product.with {
      ($0.id, $0.priority) = (id, priority.value)
      ($0.title, $0.brand) = (values["title"] ?? "", values["brand"] ?? "")
      ($0.gtin, $0.category) = (values["gtin"] ?? "", values["category"] ?? "")
      $0.imageUrl = values["image_url"] ?? ""
    }
    do {
      _ = try await operations.update(changed, ProductEditPage.fields, version: version)
      return go("/admin/products/\(id)", .product)
    } catch let error as RPCError where error.code == .aborted {
      let product = try await product(id)
      form.values["version"] = "\(product.version)"
      form.errors = [("", words(.productStale))]
      return try productPage(request, product, form, status: .conflict)
    } catch let error as RPCError where error.code == .invalidArgument {
      let problem = StatusMapping.problem(for: error)
      guard let field = problem.field, let fault = Self.faults[field] else { throw error }
      form.errors = [(field, words(fault))]
      return try productPage(request, try await product(id), form, status: .badRequest)
    }
  }
}
