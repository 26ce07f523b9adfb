package import MeshMessages
package import MeshRPC
internal import ProtobufBridge

/// The services that the gateway speaks for.
package struct Backends: Sendable {
  package let catalog: CatalogV1.CatalogService.Client
  package let pricing: PricingV1.PricingService.Client
  package let scheduler: PricingV1.SchedulerService.Client
  package let notifier: NotifierV1.NotifierService.Client
  private let catalogChannel: any RPCClient
  private let pricingChannel: any RPCClient
  private let notifierChannel: any RPCClient
  /// How long a call that reads may take.
  package let readTimeout: Duration
  /// How long a call that changes something may take.
  package let writeTimeout: Duration

  package init(
    catalog: any RPCClient, pricing: any RPCClient, notifier: any RPCClient, readTimeout: Duration,
    writeTimeout: Duration
  ) {
    self.catalog = CatalogV1.CatalogService.Client(catalog)
    self.pricing = PricingV1.PricingService.Client(pricing)
    scheduler = PricingV1.SchedulerService.Client(pricing)
    self.notifier = NotifierV1.NotifierService.Client(notifier)
    catalogChannel = catalog
    pricingChannel = pricing
    notifierChannel = notifier
    self.readTimeout = readTimeout
    self.writeTimeout = writeTimeout
  }

  package var read: CallOptions { CallOptions(timeout: readTimeout) }
  package var write: CallOptions { CallOptions(timeout: writeTimeout) }
}

/// Reads whose answer goes to the client as it is: printed as JSON right from the wire, without becoming Swift values, which
/// would cost more than all else that the gateway does for a list.
extension Backends {
  /// Which of the services is asked.
  enum Reader: String, CaseIterable {
    case catalog, pricing, notifier
  }

  func client(of service: Reader) -> any RPCClient {
    switch service {
    case .catalog: catalogChannel
    case .pricing: pricingChannel
    case .notifier: notifierChannel
    }
  }

  /// - Throws: `RPCError`; `ProtobufError` for a message that has no JSON form, which no service should send.
  func relay<Request, Response>(
    _ method: RPCMethod<Request, Response>, of service: Reader, _ request: Request
  ) async throws -> GatewayResponse {
    let image = try await client(of: service).unary(
      method.answering(JSONImage<Response, GatewayJSON.Style>.self), request, options: read)
    return .json(try image.jsonBytes())
  }

  /// Whether a service takes calls, and its version if it tells: of one of its processes, whichever answers.
  ///
  /// - Throws: `RPCError`.
  func health(of service: Reader) async throws -> (isServing: Bool, version: String?) {
    let answer = try await client(of: service).unaryResponse(
      GrpcHealthV1.Health.Methods.check, GrpcHealthV1.HealthCheckRequest(), options: read)
    return (answer.message.status == .serving, answer.trailingMetadata["fiyatradari-version"])
  }
}
