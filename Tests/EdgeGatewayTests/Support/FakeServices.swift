import MeshMessages
import MeshRPC
import NIOCore
import NIOPosix
import ProtobufBridge
import ServiceKit
import Synchronization

/// The three services as a real RPC server inside the process, with answers of the test's own.
final class FakeServices: Sendable {
  private struct State {
    var requests: [any ProtobufMessage] = []
    var failure: RPCError?
    var metadata: [Metadata] = []
  }

  private let state = Mutex(State())
  /// Who waits to be released; nil when nobody has to.
  private let held = Mutex<[CheckedContinuation<Void, Never>]?>(nil)

  /// Has answers wait from now on.
  func hold() { held.withLock { $0 = [] } }

  /// Lets all answers go.
  func release() {
    let waiting = held.withLock { held in
      defer { held = nil }
      return held ?? []
    }
    for continuation in waiting { continuation.resume() }
  }

  private func passed() async {
    await withCheckedContinuation { continuation in
      let waits = held.withLock { held in
        held?.append(continuation)
        return held != nil
      }
      if !waits { continuation.resume() }
    }
  }

  /// The last request of this type.
  func last<Request: ProtobufMessage>(_ type: Request.Type) -> Request? {
    state.withLock { $0.requests.last { $0 is Request } as? Request }
  }

  /// All requests of this type, in order.
  func all<Request: ProtobufMessage>(_ type: Request.Type) -> [Request] {
    state.withLock { $0.requests.compactMap { $0 as? Request } }
  }

  var requestCount: Int { state.withLock { $0.requests.count } }
  var lastMetadata: Metadata? { state.withLock { $0.metadata.last } }

  /// Has all calls fail from now on.
  func fail(with error: RPCError?) { state.withLock { $0.failure = error } }

  private func unary<Request, Response>(
    _ method: RPCMethod<Request, Response>, _ answer: @escaping @Sendable (Request) throws -> Response
  ) -> MethodHandler {
    .unary(method) { request, context in
      let failure = self.state.withLock { state in
        state.requests.append(request)
        state.metadata.append(context.metadata)
        return state.failure
      }
      await self.passed()
      if let failure { throw failure }
      return try answer(request)
    }
  }

  func channel() throws -> RPCChannel {
    let server = try RPCServer(services: [catalog, pricing, scheduler, notifier])
    let connection = InProcessConnection(handler: server, eventLoop: MultiThreadedEventLoopGroup.singleton.next())
    var configuration = RPCChannel.Configuration()
    configuration.interceptors = [RequestContextInterceptor()]
    return RPCChannel(provider: InProcessConnectionProvider(connection), configuration: configuration)
  }

  // MARK: Answers

  static let product = CatalogV1.Product.with {
    $0.id = 7
    $0.title = "Kulaklık \"X\" <script>alert(1)</script> \"\u{301} onload=x"
    $0.brand = "<img src=x>"
    $0.category = "elektronik/kulaklik"
    $0.imageUrl = "javascript:alert(1)"
    $0.attributes = ["renk": "<script>alert(1)</script>"]
    $0.listings = [
      .with { ($0.id, $0.productId, $0.shop, $0.url) = (11, 7, "shop-a", "https://shop.example/p?a=1&b=2") },
      .with { ($0.id, $0.productId, $0.shop, $0.url) = (12, 7, "shop-b", "javascript:alert(1)") },
    ]
    $0.price = .with { price in
      price.price = CommonV1.Money(currency: "TRY", minorUnits: 129_900)
      price.discountBasisPoints = 1250
      price.listingId = 11
      price.shop = "shop-a"
      price.dealId = 3
    }
  }

  static let deal = PricingV1.Deal.with {
    $0.id = 3
    $0.productId = 7
    $0.listingId = 11
    $0.productTitle = "<script>alert(1)</script> & co"
    $0.shop = "shop-a"
    $0.category = "elektronik/kulaklik"
    $0.price = CommonV1.Money(currency: "TRY", minorUnits: 129_900)
    $0.evidence = .with {
      $0.referencePrice = CommonV1.Money(currency: "TRY", minorUnits: 148_400)
      $0.windowDays = 30
      $0.reductionStartedAt = .with { $0.seconds = 1_763_000_000 }
    }
    $0.realDiscountBasisPoints = 1250
    $0.claimedDiscountBasisPoints = 4000
    $0.verdict = .genuine
    $0.verdictReason = .belowReference
    $0.openedAt = .with { $0.seconds = 1_763_000_000 }
    $0.url = "javascript:alert(1)"
    $0.score = .with { $0.total = 80 }
  }

  /// A change each day for more than a year.
  static let history = PricingV1.ListingHistory.with { history in
    (history.listingId, history.currency) = (11, "TRY")
    history.points = (0..<400).map { day in
      .with {
        $0.at = .with { $0.seconds = 1_764_000_000 - (400 - Int64(day)) * 86_400 }
        $0.price = 129_900 + Int64(day * 7919 % 401) * 137
        $0.availability = day % 50 == 0 ? .outOfStock : .inStock
      }
    }
  }

  static let statistics = PricingV1.PriceStatistics.with { statistics in
    statistics.currency = "TRY"
    statistics.price = CommonV1.Money(currency: "TRY", minorUnits: 129_900)
    statistics.windows = [UInt32](arrayLiteral: 30, 90, 180, 365, 0).map { days in
      .with {
        $0.days = days
        $0.lowest = CommonV1.Money(currency: "TRY", minorUnits: 129_900)
        $0.average = CommonV1.Money(currency: "TRY", minorUnits: 139_900)
        $0.highest = CommonV1.Money(currency: "TRY", minorUnits: 149_900)
      }
    }
  }

  private var catalog: ServiceDefinition {
    typealias Methods = CatalogV1.CatalogService.Methods
    return ServiceDefinition(
      name: CatalogV1.CatalogService.name,
      methods: [
        unary(Methods.getProduct) { request in
          guard request.id == 7 else { throw RPCError(code: .notFound, message: "there is no product \(request.id)") }
          return Self.product
        },
        unary(Methods.batchGetProducts) { request in
          CatalogV1.BatchGetProductsResponse(products: request.ids.contains(7) ? [Self.product] : [])
        },
        unary(Methods.listProducts) { request in
          if request.page?.token == "AAAA" {
            throw RPCError(code: .invalidArgument, message: "page.token: is not one of this list")
          }
          return CatalogV1.ListProductsResponse(products: [Self.product], nextPageToken: "bmV4dA")
        },
        unary(Methods.searchProducts) { _ in CatalogV1.SearchProductsResponse(products: [Self.product]) },
        unary(Methods.suggestProducts) { request in
          CatalogV1.SuggestProductsResponse(suggestions: [.with { $0.text = request.prefix + "…" }])
        },
        unary(Methods.listCategories) { _ in
          CatalogV1.ListCategoriesResponse(
            categories: [
              .with { ($0.path, $0.name, $0.productCount) = ("elektronik", "Elektronik", 1234) },
              .with { ($0.path, $0.name, $0.productCount) = ("elektronik/kulaklik", "Kulaklık <b>", 12) },
            ])
        },
      ])
  }

  private var pricing: ServiceDefinition {
    typealias Methods = PricingV1.PricingService.Methods
    return ServiceDefinition(
      name: PricingV1.PricingService.name,
      methods: [
        unary(Methods.getPriceHistory) { _ in
          PricingV1.GetPriceHistoryResponse(listings: [Self.history, .with { $0.listingId = 12 }])
        },
        unary(Methods.getPriceStatistics) { _ in Self.statistics },
        unary(Methods.getPrices) { _ in
          PricingV1.GetPricesResponse(
            prices: [
              .with {
                ($0.listingId, $0.productId, $0.shop, $0.availability) = (11, 7, "shop-a", .inStock)
                $0.price = CommonV1.Money(currency: "TRY", minorUnits: 129_900)
              }
            ])
        },
        unary(Methods.listDeals) { _ in PricingV1.ListDealsResponse(deals: [Self.deal]) },
        unary(Methods.getDeal) { _ in Self.deal },
        unary(Methods.checkNow) { _ in PricingV1.CheckNowResponse() },
      ])
  }

  private var scheduler: ServiceDefinition {
    typealias Methods = PricingV1.SchedulerService.Methods
    let job = PricingV1.Job.with { $0.name = "price-check" }
    return ServiceDefinition(
      name: PricingV1.SchedulerService.name,
      methods: [
        unary(Methods.getStatus) { _ in PricingV1.SchedulerStatus.with { $0.jobs = [job] } },
        unary(Methods.pauseJob) { request in
          guard request.name == "price-check" else { throw RPCError(code: .notFound, message: "there is no such job") }
          return job
        },
        unary(Methods.resumeJob) { _ in job },
        unary(Methods.pauseAll) { _ in PricingV1.JobsResponse(jobs: [job]) },
        unary(Methods.resumeAll) { _ in PricingV1.JobsResponse(jobs: [job]) },
      ])
  }

  private var notifier: ServiceDefinition {
    typealias Methods = NotifierV1.NotifierService.Methods
    return ServiceDefinition(
      name: NotifierV1.NotifierService.name,
      methods: [
        unary(Methods.listChannels) { request in
          NotifierV1.ListChannelsResponse(channels: [.with { $0.subscriber = request.subscriber }])
        },
        unary(Methods.registerChannel) { request in
          NotifierV1.RegisterChannelResponse(
            channel: .with { ($0.id, $0.kind, $0.address) = (5, request.kind, request.address) }, signingSecret: "s")
        },
        unary(Methods.verifyChannel) { request in NotifierV1.Channel.with { $0.id = request.id } },
        unary(Methods.sendTest) { _ in NotifierV1.SendTestResponse(deliveryId: 9) },
        unary(Methods.removeChannel) { _ in NotifierV1.RemoveChannelResponse() },
        unary(Methods.listAlerts) { _ in NotifierV1.ListAlertsResponse() },
        unary(Methods.createAlert) { request in request.alert ?? NotifierV1.Alert() },
        unary(Methods.updateAlert) { request in request.alert ?? NotifierV1.Alert() },
        unary(Methods.deleteAlert) { _ in NotifierV1.DeleteAlertResponse() },
        unary(Methods.listDeliveries) { _ in NotifierV1.ListDeliveriesResponse() },
        unary(Methods.pauseSending) { request in NotifierV1.NotifierStatus.with { $0.paused = request.paused } },
        unary(Methods.getStatus) { _ in NotifierV1.NotifierStatus.with { $0.alerts = 4 } },
        unary(Methods.sendMail) { _ in NotifierV1.SendMailResponse() },
      ])
  }
}
