import HTTPTransport
import Logging
import MeshMessages
import MeshRPC
import NIOCore
import NIOPosix
import ProtobufBridge
import Synchronization

/// The catalog as far as the bot asks it, over real RPC.
final class CatalogStandIn: CatalogV1.CatalogService.Handler {
  /// The id of the one listing that is made.
  static let listing: Int64 = 77

  private let listings = Mutex<[CatalogV1.Listing]>([])

  var created: [CatalogV1.Listing] { listings.withLock { $0 } }

  static func withServer<Value>(_ body: (CatalogStandIn, String) async throws -> Value) async throws -> Value {
    let standIn = CatalogStandIn()
    let server = HTTPServer(
      configuration: HTTPServerConfiguration(address: .hostPort("127.0.0.1", 0)),
      handler: try RPCServer(services: [CatalogV1.CatalogService.definition(standIn)]),
      group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "catalog-stand-in"))
    let port = try await server.start().port ?? 0
    do {
      let value = try await body(standIn, "127.0.0.1:\(port)")
      await server.shutdown(grace: .zero)
      return value
    } catch {
      await server.shutdown(grace: .zero)
      throw error
    }
  }

  private static func product(_ listing: CatalogV1.Listing) -> CatalogV1.Product {
    .with {
      $0.id = 3
      $0.title = "Sony WH-1000XM5"
      $0.listings = [listing]
    }
  }

  func listProducts(
    _ request: CatalogV1.ListProductsRequest, context: ServerContext
  ) async throws -> CatalogV1.ListProductsResponse {
    let wanted = request.filter
    let found = created.filter { $0.shop == wanted?.shop && $0.externalId == wanted?.externalId }
    return .with { $0.products = found.map(Self.product) }
  }

  func createProduct(_ request: CatalogV1.CreateProductRequest, context: ServerContext) async throws
    -> CatalogV1.Product
  {
    guard var listing = request.product?.listings.first, request.product?.title.isEmpty == false else {
      throw RPCError(code: .invalidArgument, message: "product: expected a title and a listing")
    }
    listing.id = Self.listing
    listings.withLock { [listing] in $0.append(listing) }
    return Self.product(listing)
  }

  private static let unasked = RPCError(code: .unimplemented, message: "not asked by the notifier")

  func getProduct(_ request: CatalogV1.GetProductRequest, context: ServerContext) async throws -> CatalogV1.Product {
    throw Self.unasked
  }
  func batchGetProducts(_ request: CatalogV1.BatchGetProductsRequest, context: ServerContext) async throws
    -> CatalogV1.BatchGetProductsResponse
  { throw Self.unasked }
  func searchProducts(_ request: CatalogV1.SearchProductsRequest, context: ServerContext) async throws
    -> CatalogV1.SearchProductsResponse
  { throw Self.unasked }
  func suggestProducts(_ request: CatalogV1.SuggestProductsRequest, context: ServerContext) async throws
    -> CatalogV1.SuggestProductsResponse
  { throw Self.unasked }
  func listCategories(_ request: CatalogV1.ListCategoriesRequest, context: ServerContext) async throws
    -> CatalogV1.ListCategoriesResponse
  { throw Self.unasked }
  func importProducts(_ requests: RequestStream<CatalogV1.ImportProductsRequest>, context: ServerContext) async throws
    -> CatalogV1.ImportProductsResponse
  { throw Self.unasked }
  func updateProduct(_ request: CatalogV1.UpdateProductRequest, context: ServerContext) async throws
    -> CatalogV1.Product
  { throw Self.unasked }
  func deleteProduct(_ request: CatalogV1.DeleteProductRequest, context: ServerContext) async throws
    -> CatalogV1.DeleteProductResponse
  { throw Self.unasked }
  func getListing(_ request: CatalogV1.GetListingRequest, context: ServerContext) async throws -> CatalogV1.Listing {
    throw Self.unasked
  }
  func addListing(_ request: CatalogV1.AddListingRequest, context: ServerContext) async throws -> CatalogV1.Listing {
    throw Self.unasked
  }
  func removeListing(_ request: CatalogV1.RemoveListingRequest, context: ServerContext) async throws
    -> CatalogV1.RemoveListingResponse
  { throw Self.unasked }
  func subscribe(
    _ request: CommonV1.SubscribeRequest, responses: ResponseWriter<CatalogV1.SubscribeResponse>, context: ServerContext
  ) async throws { throw Self.unasked }
}
