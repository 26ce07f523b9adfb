import EventLog
import EventLogRPC
import MeshMessages
import MeshRPC
import OutboundHTTP
import PostgresClient
import ProtobufBridge

/// `fiyatradari.catalog.v1.CatalogService` on the store.
struct CatalogHandler: CatalogV1.CatalogService.Handler {
  let store: CatalogStore
  let feed: EventFeed
  /// Where pages may be.
  let pages: AddressPolicy

  func getProduct(
    _ request: CatalogV1.GetProductRequest, context: ServerContext
  ) async throws -> CatalogV1.Product {
    try await CatalogErrors.mapped { try await product(request.id) }
  }

  func batchGetProducts(
    _ request: CatalogV1.BatchGetProductsRequest, context: ServerContext
  ) async throws -> CatalogV1.BatchGetProductsResponse {
    try await CatalogErrors.mapped {
      guard request.ids.count <= 1000 else { throw InvalidField("ids", "at most 1,000") }
      let found = try await store.products(request.ids, includeListings: request.includeListings)
      let byID = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
      return CatalogV1.BatchGetProductsResponse(products: request.ids.compactMap { byID[$0] })
    }
  }

  // For who calls the handler itself. The service answers by what these decode: see `definition`.
  func listProducts(
    _ request: CatalogV1.ListProductsRequest, context: ServerContext
  ) async throws -> CatalogV1.ListProductsResponse {
    try CatalogV1.ListProductsResponse(wire: try await encodedList(request).bytes)
  }

  func searchProducts(
    _ request: CatalogV1.SearchProductsRequest, context: ServerContext
  ) async throws -> CatalogV1.SearchProductsResponse {
    try CatalogV1.SearchProductsResponse(wire: try await encodedSearch(request).bytes)
  }

  private func encodedList(
    _ request: CatalogV1.ListProductsRequest
  ) async throws -> EncodedMessage<CatalogV1.ListProductsResponse> {
    try await CatalogErrors.mapped {
      let page = try await store.page(ProductQuery(request))
      guard request.includeListings else { return EncodedMessage(try WireFieldWriter(page)) }
      var products = try page.products()
      try await store.addListings(to: &products)
      return try EncodedMessage(CatalogV1.ListProductsResponse(products: products, nextPageToken: page.next))
    }
  }

  private func encodedSearch(
    _ request: CatalogV1.SearchProductsRequest
  ) async throws -> EncodedMessage<CatalogV1.SearchProductsResponse> {
    try await CatalogErrors.mapped {
      EncodedMessage(try WireFieldWriter(try await store.page(ProductQuery(request))))
    }
  }

  /// The service: lists and searches are answered in wire form.
  var definition: ServiceDefinition {
    typealias Methods = CatalogV1.CatalogService.Methods
    return CatalogV1.CatalogService.definition(self)
      .replacing(.unary(encoding: Methods.listProducts) { request, _ in try await encodedList(request) })
      .replacing(.unary(encoding: Methods.searchProducts) { request, _ in try await encodedSearch(request) })
  }

  func suggestProducts(
    _ request: CatalogV1.SuggestProductsRequest, context: ServerContext
  ) async throws -> CatalogV1.SuggestProductsResponse {
    try await CatalogErrors.mapped {
      let text = try FieldRules.text(request.prefix, "prefix", 1...100)
      guard request.limit <= 20 else { throw InvalidField("limit", "1 to 20, or 0 for 8") }
      let prefix = TurkishText.folded(text)
      guard !prefix.isEmpty else { throw InvalidField("prefix", "at least one letter or digit") }
      let suggestions = try await store.suggestions(prefix, limit: request.limit == 0 ? 8 : Int(request.limit))
      return CatalogV1.SuggestProductsResponse(suggestions: suggestions)
    }
  }

  func listCategories(
    _ request: CatalogV1.ListCategoriesRequest, context: ServerContext
  ) async throws -> CatalogV1.ListCategoriesResponse {
    try await CatalogErrors.mapped {
      let parent = try FieldRules.text(request.parent, "parent", 0...900)
      return CatalogV1.ListCategoriesResponse(categories: try await store.categories(below: parent))
    }
  }

  func importProducts(
    _ requests: RequestStream<CatalogV1.ImportProductsRequest>, context: ServerContext
  ) async throws -> CatalogV1.ImportProductsResponse {
    try await CatalogErrors.mapped {
      var response = CatalogV1.ImportProductsResponse()
      for try await request in requests {
        guard request.products.count <= Self.maximumImportRows else {
          throw InvalidField("products", "at most \(Self.maximumImportRows) in one message")
        }
        try await take(request.products, into: &response)
      }
      return response
    }
  }

  func createProduct(
    _ request: CatalogV1.CreateProductRequest, context: ServerContext
  ) async throws -> CatalogV1.Product {
    try await CatalogErrors.mapped {
      guard let wanted = request.product else { throw InvalidField("product", "a product") }
      guard wanted.listings.count <= 100 else { throw InvalidField("listings", "at most 100") }
      let draft = try ProductDraft(wanted)
      let listings = try wanted.listings.map { (listing) throws(InvalidField) in
        try ListingDraft(listing, pages: pages)
      }
      return try await product(try await store.create(draft, listings))
    }
  }

  func updateProduct(
    _ request: CatalogV1.UpdateProductRequest, context: ServerContext
  ) async throws -> CatalogV1.Product {
    try await CatalogErrors.mapped {
      guard let wanted = request.product else { throw InvalidField("product", "a product") }
      let mask = try ProductMask(request.updateMask?.paths ?? [])
      try await store.update(wanted.id, expectedVersion: request.expectedVersion) { stored in
        try ProductDraft(mask.merged(stored, with: wanted))
      }
      return try await product(wanted.id)
    }
  }

  func deleteProduct(
    _ request: CatalogV1.DeleteProductRequest, context: ServerContext
  ) async throws -> CatalogV1.DeleteProductResponse {
    try await CatalogErrors.mapped {
      try await store.delete(request.id)
      return CatalogV1.DeleteProductResponse()
    }
  }

  func getListing(_ request: CatalogV1.GetListingRequest, context: ServerContext) async throws -> CatalogV1.Listing {
    try await CatalogErrors.mapped {
      guard request.id > 0 else { throw InvalidField("id", "a listing's id, above 0") }
      guard let listing = try await store.listing(request.id) else { throw CatalogConflict.noListing }
      return listing
    }
  }

  func addListing(_ request: CatalogV1.AddListingRequest, context: ServerContext) async throws -> CatalogV1.Listing {
    try await CatalogErrors.mapped {
      guard let wanted = request.listing else { throw InvalidField("listing", "a listing") }
      return try await store.addListing(try ListingDraft(wanted, pages: pages), to: wanted.productId)
    }
  }

  func removeListing(
    _ request: CatalogV1.RemoveListingRequest, context: ServerContext
  ) async throws -> CatalogV1.RemoveListingResponse {
    try await CatalogErrors.mapped {
      try await store.removeListing(request.id)
      return CatalogV1.RemoveListingResponse()
    }
  }

  /// Rows of one message of an import, and rejections that one answer lists.
  static let maximumImportRows = 5000
  static let maximumRejections = 1000

  private func product(_ id: Int64) async throws -> CatalogV1.Product {
    guard id > 0 else { throw InvalidField("id", "a product's id, above 0") }
    guard let product = try await store.products([id], includeListings: true).first else {
      throw CatalogConflict.noProduct
    }
    return product
  }

  private func take(
    _ rows: [CatalogV1.ImportProduct], into response: inout CatalogV1.ImportProductsResponse
  ) async throws {
    var checked: [ImportRow] = []
    var rejections: [CatalogV1.ImportRejection] = []
    for row in rows {
      do throws(InvalidField) {
        checked.append(try ImportRow(row, pages: pages))
      } catch {
        rejections.append(CatalogV1.ImportRejection(line: row.line, reason: error.description))
      }
    }
    let outcome = checked.isEmpty ? ImportOutcome() : try await store.importRows(checked)
    rejections += outcome.rejections
    response.created += outcome.created
    response.updated += outcome.updated
    response.unchanged += outcome.unchanged
    response.rejected += Int64(rejections.count)
    response.rejections += rejections.prefix(Self.maximumRejections - response.rejections.count)
  }
}

extension CatalogHandler {
  func subscribe(
    _ request: CommonV1.SubscribeRequest, responses: ResponseWriter<CatalogV1.SubscribeResponse>,
    context: ServerContext
  ) async throws {
    try await feed.serve(request, to: responses)
  }
}
