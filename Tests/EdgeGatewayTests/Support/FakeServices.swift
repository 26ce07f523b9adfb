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
    var log: [PricingV1.PricingEvent] = []
    var requests: [any ProtobufMessage] = []
    var failure: RPCError?
    var changeFailure: RPCError?
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

  /// Whose things the notifier was asked for.
  var subscribers: Set<String> {
    Set(
      state.withLock(\.requests).compactMap { request in
        switch request {
        case let request as NotifierV1.ListChannelsRequest: request.subscriber
        case let request as NotifierV1.RegisterChannelRequest: request.subscriber
        case let request as NotifierV1.VerifyChannelRequest: request.subscriber
        case let request as NotifierV1.SendTestRequest: request.subscriber
        case let request as NotifierV1.RemoveChannelRequest: request.subscriber
        case let request as NotifierV1.ListAlertsRequest: request.subscriber
        case let request as NotifierV1.CreateAlertRequest: request.alert?.subscriber
        case let request as NotifierV1.UpdateAlertRequest: request.alert?.subscriber
        case let request as NotifierV1.DeleteAlertRequest: request.subscriber
        case let request as NotifierV1.ListDeliveriesRequest: request.subscriber
        default: nil
        }
      })
  }

  /// All requests of this type, in order.
  func all<Request: ProtobufMessage>(_ type: Request.Type) -> [Request] {
    state.withLock { $0.requests.compactMap { $0 as? Request } }
  }

  var requestCount: Int { state.withLock { $0.requests.count } }
  var allMetadata: [Metadata] { state.withLock { $0.metadata } }
  var lastMetadata: Metadata? { state.withLock { $0.metadata.last } }

  /// Has all calls fail from now on.
  func fail(with error: RPCError?) { state.withLock { $0.failure = error } }

  /// Has calls fail that add or change what is the notifier's.
  func failChanges(with error: RPCError?) { state.withLock { $0.changeFailure = error } }

  private static func isChange(_ request: any ProtobufMessage) -> Bool {
    request is NotifierV1.CreateAlertRequest || request is NotifierV1.UpdateAlertRequest
      || request is NotifierV1.RegisterChannelRequest || request is NotifierV1.VerifyChannelRequest
  }

  /// Has pricing's log hold these events.
  func setLog(_ events: [PricingV1.PricingEvent]) { state.withLock { $0.log = events } }

  /// Takes all products over but the one with the id 9999.
  private var importProducts: MethodHandler {
    .clientStreaming(CatalogV1.CatalogService.Methods.importProducts) { requests, _ in
      var response = CatalogV1.ImportProductsResponse()
      for try await request in requests {
        let failure = self.state.withLock { state in
          state.requests.append(request)
          return state.failure
        }
        if let failure { throw failure }
        for product in request.products {
          guard product.externalId == "9999" else {
            response.created += 1
            continue
          }
          response.rejected += 1
          response.rejections.append(.init(line: product.line, reason: "title: expected another one"))
        }
      }
      return response
    }
  }

  /// Tells what the log holds, and ends.
  private var subscribe: MethodHandler {
    .serverStreaming(PricingV1.PricingService.Methods.subscribe) { request, responses, _ in
      let log = self.state.withLock { state in
        state.requests.append(request)
        return state.log
      }
      let after = request.after?.sequence ?? 0
      guard after == 0 || log.contains(where: { $0.position?.sequence == after }) else {
        throw RPCError(code: .failedPrecondition, message: "after: is no position of this log")
      }
      var response = PricingV1.SubscribeResponse()
      response.events = log.filter { ($0.position?.sequence ?? 0) > after }
      response.horizon = log.last?.position
      try await responses.write(response)
    }
  }

  private func unary<Request, Response>(
    _ method: RPCMethod<Request, Response>, _ answer: @escaping @Sendable (Request) throws -> Response
  ) -> MethodHandler {
    .unary(method) { request, context in
      let failure = self.state.withLock { state in
        state.requests.append(request)
        state.metadata.append(context.metadata)
        return state.failure ?? (Self.isChange(request) ? state.changeFailure : nil)
      }
      await self.passed()
      if let failure { throw failure }
      return try answer(request)
    }
  }

  func channel() throws -> RPCChannel {
    let server = try RPCServer(services: [catalog, pricing, scheduler, notifier, health])
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
        unary(Methods.getListing) { request in
          switch request.id {
          case 11: .with { ($0.id, $0.shop, $0.url) = (11, "shop-a", "https://shop.example/p/1?tag=other&x=1#top") }
          case 12: .with { ($0.id, $0.shop, $0.url) = (12, "shop-b", "https://b.example/p/2") }
          case 13: .with { ($0.id, $0.shop, $0.url) = (13, "shop-a", "javascript:alert(1)") }
          case 14: .with { ($0.id, $0.shop) = (14, "shop-a") }
          default: throw RPCError(code: .notFound, message: "id: there is no such listing")
          }
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
        unary(Methods.createProduct) { request in
          if request.product?.title.isEmpty != false {
            throw RPCError(code: .invalidArgument, message: "title: expected 1 to 500 characters")
          }
          return request.product ?? CatalogV1.Product()
        },
        unary(Methods.updateProduct) { request in
          guard request.product?.id == 7 else { throw RPCError(code: .notFound, message: "there is no such product") }
          if request.expectedVersion == 3 { throw RPCError(code: .aborted, message: "the product has version 4") }
          return request.product ?? CatalogV1.Product()
        },
        importProducts, unary(Methods.addListing) { request in request.listing ?? CatalogV1.Listing() },
        unary(Methods.removeListing) { _ in CatalogV1.RemoveListingResponse() },
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
        unary(Methods.checkNow) { request in
          if request.listingId == 12 {
            throw RPCError(code: .failedPrecondition, message: "the prices of listing 12 are pushed")
          }
          return PricingV1.CheckNowResponse()
        },
        subscribe,
        .serverStreaming(Methods.streamDeals) { _, responses, _ in
          try await responses.write(
            .with { ($0.position, $0.deal) = (.with { ($0.transaction, $0.sequence) = (100, 5) }, Self.deal) })
          // Until it is cancelled.
          try await Task.sleep(for: .seconds(3600))
        },
      ])
  }

  private var scheduler: ServiceDefinition {
    typealias Methods = PricingV1.SchedulerService.Methods
    let job = PricingV1.Job.with { $0.name = "price-check" }
    return ServiceDefinition(
      name: PricingV1.SchedulerService.name,
      methods: [
        unary(Methods.getStatus) { _ in
          PricingV1.SchedulerStatus.with {
            $0.jobs = [job]
            $0.catalogLag = GoogleProtobuf.Duration(seconds: 1, nanos: 250_000_000)
          }
        },
        unary(Methods.listSources) { _ in PricingV1.ListSourcesResponse(sources: [Self.source]) },
        unary(Methods.updateSource) { request in
          guard (request.source?.rateMillihertz ?? 0) <= 1_000_000 else {
            throw RPCError(code: .invalidArgument, message: "source.rate_millihertz: expected 0 to 1,000,000")
          }
          return request.source ?? PricingV1.Source()
        },
        unary(Methods.listRuns) { _ in
          PricingV1.ListRunsResponse(runs: [.with { ($0.id, $0.job) = (4, "price-check") }], nextPageToken: "bmV4dA")
        },
        unary(Methods.listOverdue) { _ in PricingV1.ListOverdueResponse(listings: [Self.overdue]) },
        unary(Methods.pauseJob) { request in
          guard request.name == "price-check" else { throw RPCError(code: .notFound, message: "there is no such job") }
          return job
        },
        unary(Methods.resumeJob) { _ in job },
        unary(Methods.pauseAll) { _ in PricingV1.JobsResponse(jobs: [job]) },
        unary(Methods.resumeAll) { _ in PricingV1.JobsResponse(jobs: [job]) },
      ])
  }

  static let overdue = PricingV1.OverdueListing.with {
    ($0.listingId, $0.productId, $0.job, $0.shop, $0.source) = (21, 7, "price-check", "shop-a", "shop.example")
    $0.productTitle = "Kulaklık <b>\"X\"</b>"
    $0.dueAt = GoogleProtobuf.Timestamp(seconds: 1_763_990_000, nanos: 0)
  }

  static let source = PricingV1.Source.with {
    ($0.name, $0.rateMillihertz, $0.concurrency, $0.dailyBudget) = ("shop.example", 500, 2, 1000)
  }

  /// Serving, of version 9.8.7.
  private var health: ServiceDefinition {
    ServiceDefinition(
      name: GrpcHealthV1.Health.name,
      methods: [
        .unary(GrpcHealthV1.Health.Methods.check) { _, context in
          if let failure = self.state.withLock({ $0.failure }) { throw failure }
          context.addTrailingMetadata(try Metadata([("fiyatradari-version", "9.8.7")]))
          return .with { $0.status = .serving }
        }
      ])
  }

  /// What strangers may make others' texts be.
  static let hostile = "<script>alert(1)</script>\"\u{301} onload=x"

  /// One of each kind.
  static func alerts(_ subscriber: String) -> [NotifierV1.Alert] {
    let rules: [NotifierV1.Alert.Rule] = [
      .targetPrice(.with { $0.price = CommonV1.Money(currency: "TRY", minorUnits: 99_900) }),
      .drop(.with { $0.by = .basisPoints(1250) }), .anyChange(.init()), .backInStock(.init()), .allTimeLow(.init()),
      .lowestInDays(.with { $0.days = 90 }),
      .dealInCategory(.with { ($0.category, $0.minDiscountBasisPoints, $0.genuineOnly) = (hostile, 2500, true) }),
    ]
    return rules.enumerated().map { index, rule in
      .with {
        ($0.id, $0.subscriber, $0.label, $0.rule) = (Int64(index) + 7, subscriber, hostile, rule)
        if case .dealInCategory = rule {
          $0.subject = nil
        } else {
          $0.subject = index == 1 ? .listingId(11) : .productId(7)
        }
        ($0.paused, $0.channelIds) = (index == 2, [5])
        $0.rearm = .with { ($0.mode, $0.after) = (.after, .with { $0.seconds = 600 }) }
        $0.quietHours = .with { ($0.startMinute, $0.endMinute, $0.timeZone) = (1320, 485, "Europe/Berlin") }
      }
    }
  }

  private var notifier: ServiceDefinition {
    typealias Methods = NotifierV1.NotifierService.Methods
    return ServiceDefinition(
      name: NotifierV1.NotifierService.name,
      methods: [
        unary(Methods.listChannels) { request in
          NotifierV1.ListChannelsResponse(channels: [
            .with { $0.subscriber = request.subscriber },
            .with {
              ($0.id, $0.subscriber, $0.kind, $0.verified) = (5, request.subscriber, .webhook, true)
              ($0.address, $0.lastError) = (Self.hostile, Self.hostile)
            },
          ])
        },
        unary(Methods.registerChannel) { request in
          NotifierV1.RegisterChannelResponse(
            channel: .with { ($0.id, $0.kind, $0.address) = (5, request.kind, request.address) }, signingSecret: "s")
        },
        unary(Methods.verifyChannel) { request in NotifierV1.Channel.with { $0.id = request.id } },
        unary(Methods.sendTest) { _ in NotifierV1.SendTestResponse(deliveryId: 9) },
        unary(Methods.removeChannel) { _ in NotifierV1.RemoveChannelResponse() },
        unary(Methods.listAlerts) { request in NotifierV1.ListAlertsResponse(alerts: Self.alerts(request.subscriber)) },
        unary(Methods.createAlert) { request in request.alert ?? NotifierV1.Alert() },
        unary(Methods.updateAlert) { request in request.alert ?? NotifierV1.Alert() },
        unary(Methods.deleteAlert) { _ in NotifierV1.DeleteAlertResponse() },
        unary(Methods.listDeliveries) { _ in
          NotifierV1.ListDeliveriesResponse(
            deliveries: [
              .with {
                ($0.id, $0.kind, $0.state, $0.text, $0.lastError) = (3, .email, .parked, Self.hostile, Self.hostile)
              }
            ], nextPageToken: "bmV4dA")
        },
        unary(Methods.retryDelivery) { request in
          guard request.id == 5 else {
            throw RPCError(code: .failedPrecondition, message: "id: only a parked delivery can be retried")
          }
          return .with { ($0.id, $0.state) = (5, .pending) }
        },
        unary(Methods.pauseSending) { request in NotifierV1.NotifierStatus.with { $0.paused = request.paused } },
        unary(Methods.getStatus) { _ in NotifierV1.NotifierStatus.with { $0.alerts = 4 } },
        unary(Methods.sendMail) { _ in NotifierV1.SendMailResponse() },
        unary(Methods.unsubscribe) { request in
          guard request.token == "5-ab" else { throw RPCError(code: .notFound, message: "token: is none") }
          return NotifierV1.UnsubscribeResponse()
        },
      ])
  }
}
