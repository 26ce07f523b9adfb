internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

/// Finds the listing that a page is, and adds it where the catalog does not have it yet.
struct CatalogLookup: Sendable {
  let client: CatalogV1.CatalogService.Client

  private static let timeout = Duration.seconds(5)

  struct Found: Sendable {
    var listing: Int64
    var title: String
  }

  /// - Throws: `RPCError` when the catalog cannot be asked, or will not have the page.
  func listing(for page: ShopDirectory.Page) async throws -> Found {
    if let found = try await find(page) { return found }
    do {
      let product = try await client.createProduct(
        .with {
          $0.product = .with { product in
            product.title = page.words.isEmpty ? "\(page.shop) \(page.externalID)" : page.words
            product.listings = [
              .with {
                $0.shop = page.shop
                $0.externalId = page.externalID
                $0.url = page.url
                $0.currency = page.currency
                $0.source = "page"
              }
            ]
          }
        }, options: Self.options)
      if let found = Self.found(in: product, page) { return found }
    } catch let error as RPCError where error.code == .alreadyExists {
      // Somebody else has added it meanwhile.
    }
    guard let found = try await find(page) else {
      throw RPCError(code: .internal, message: "the catalog added a page and does not find it")
    }
    return found
  }

  private func find(_ page: ShopDirectory.Page) async throws -> Found? {
    let answer = try await client.listProducts(
      .with {
        $0.filter = .with {
          $0.shop = page.shop
          $0.externalId = page.externalID
        }
        $0.includeListings = true
      }, options: Self.options)
    return answer.products.first.flatMap { Self.found(in: $0, page) }
  }

  private static func found(in product: CatalogV1.Product, _ page: ShopDirectory.Page) -> Found? {
    product.listings.first { $0.shop == page.shop && $0.externalId == page.externalID }
      .map { Found(listing: $0.id, title: product.title) }
  }

  private static var options: CallOptions {
    var options = CallOptions()
    options.timeout = timeout
    return options
  }
}
