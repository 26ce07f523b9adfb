internal import MeshMessages
package import MeshRPC
internal import NIOCore

/// The methods that anyone may call over gRPC: reads of catalog and pricing. What is not here does not exist for the
/// public, whatever services it may be one of.
package enum PublicMethods {
  /// Answered once.
  package static let catalog: [MethodDescriptor] = [
    CatalogV1.CatalogService.Methods.getProduct.descriptor,
    CatalogV1.CatalogService.Methods.batchGetProducts.descriptor,
    CatalogV1.CatalogService.Methods.listProducts.descriptor,
    CatalogV1.CatalogService.Methods.searchProducts.descriptor,
    CatalogV1.CatalogService.Methods.suggestProducts.descriptor,
    CatalogV1.CatalogService.Methods.listCategories.descriptor,
  ]
  /// Answered once, but for `StreamDeals`.
  package static let pricing: [MethodDescriptor] = [
    PricingV1.PricingService.Methods.getPrices.descriptor, PricingV1.PricingService.Methods.getPriceHistory.descriptor,
    PricingV1.PricingService.Methods.getPriceStatistics.descriptor,
    PricingV1.PricingService.Methods.listDeals.descriptor, PricingV1.PricingService.Methods.getDeal.descriptor,
    PricingV1.PricingService.Methods.streamDeals.descriptor,
  ]

  /// Bytes of a request: questions are short.
  package static let maximumRequestBytes = 64 << 10

  /// The services as the gateway's RPC server runs them.
  package static func services(_ backends: Backends) -> [ServiceDefinition] {
    [
      ServiceDefinition(
        name: CatalogV1.CatalogService.name, methods: catalog.map { relay($0, of: .catalog, backends) }),
      ServiceDefinition(
        name: PricingV1.PricingService.name, methods: pricing.map { relay($0, of: .pricing, backends) }),
    ]
  }

  /// Nothing of the client's metadata goes on; its deadline does, and a call that is answered once has one in any case.
  private static func relay(
    _ method: MethodDescriptor, of service: Backends.Reader, _ backends: Backends
  ) -> MethodHandler {
    let options = method.kind.hasSingleResponse ? backends.read : CallOptions()
    return .relay(method) { request, _, respond in
      do {
        try await backends.client(of: service).relay(method, request, options: options, respond)
      } catch let error as RPCError {
        throw shown(error)
      }
    }
  }

  /// What strangers are told of a service's status: no word about its inside, and none of its metadata.
  static func shown(_ error: RPCError) -> RPCError {
    switch error.code {
    case .invalidArgument, .notFound, .outOfRange, .failedPrecondition, .alreadyExists:
      RPCError(code: error.code, message: String(error.message.prefix(500)))
    case .cancelled, .deadlineExceeded, .aborted, .unimplemented: RPCError(code: error.code, message: "")
    case .resourceExhausted:
      RPCError(code: .resourceExhausted, message: "too much is asked for at the moment; try again in a second")
    case .unavailable:
      RPCError(code: .unavailable, message: "a service that is needed is away; try again in a second")
    default: RPCError(code: .internal, message: "something went wrong here; it has been noted", cause: error)
    }
  }
}
