package import EventLog
internal import EventLogRPC
package import MeshMessages
package import MeshRPC
internal import Metrics

/// `fiyatradari.pricing.v1.PricingService`.
package struct PricingHandler: PricingV1.PricingService.Handler {
  let store: ObservationStore
  let listings: ListingReader
  let deals: DealReader
  let schedule: ScheduleStore
  let feed: EventFeed
  let clock: @Sendable () -> Moment

  package init(
    _ database: PricingDatabase, feed: EventFeed, clock: @escaping @Sendable () -> Moment = { Moment.now() }
  ) {
    store = ObservationStore(database)
    listings = ListingReader(pool: database.pool)
    deals = DealReader(pool: database.pool)
    schedule = ScheduleStore(pool: database.pool, intervals: database.intervals)
    self.feed = feed
    self.clock = clock
  }

  /// The service: lists of deals and histories are answered in wire form, which `listDeals` and `getPriceHistory` decode.
  package var definition: ServiceDefinition {
    typealias Methods = PricingV1.PricingService.Methods
    return PricingV1.PricingService.definition(self)
      .replacing(.unary(encoding: Methods.listDeals) { request, _ in try await encodedDeals(request) })
      .replacing(.unary(encoding: Methods.getPriceHistory) { request, _ in try await encodedHistory(request) })
  }

  /// Observations in one request at most.
  static let maximumBatch = 10_000
  /// Rejections that an answer tells of.
  static let maximumRejections = 1000

  package func recordObservations(
    _ requests: RequestStream<PricingV1.RecordObservationsRequest>, context: ServerContext
  ) async throws -> PricingV1.RecordObservationsResponse {
    var response = PricingV1.RecordObservationsResponse()
    for try await var request in requests {
      guard request.observations.count <= Self.maximumBatch else {
        throw RPCError.invalid("observations", "at most \(Self.maximumBatch) in a request")
      }
      guard Self.isSource(request.source) else {
        throw RPCError.invalid("source", "1 to 32 of a-z and '-'")
      }
      guard !request.observations.isEmpty else { continue }
      let (arrivals, lines) = await Self.arrivals(&request)
      let result = try await store.record(arrivals, source: request.source, now: clock())
      response.add(result, lines: lines)
      Counter(label: "pricing_observations_total", dimensions: [("outcome", "recorded")])
        .increment(by: result.recorded)
      Counter(label: "pricing_observations_total", dimensions: [("outcome", "duplicate")])
        .increment(by: result.duplicates)
      for rejected in result.rejections {
        Counter(label: "pricing_observations_rejected_total", dimensions: [("reason", "\(rejected.reason.reason)")])
          .increment()
      }
    }
    return response
  }

  /// Takes the observations out of a request, with their lines: a large one is not held twice.
  private static func arrivals(
    _ request: inout PricingV1.RecordObservationsRequest
  ) async -> ([Arrival], lines: [Int64]) {
    let messages = request.observations
    request.observations = []
    return (messages.map { Arrival($0) }, messages.map { $0.line })
  }

  private static func isSource(_ name: String) -> Bool {
    (1...32).contains(name.utf8.count)
      && name.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-") }
  }

  package func getPrices(
    _ request: PricingV1.GetPricesRequest, context: ServerContext
  ) async throws -> PricingV1.GetPricesResponse {
    guard request.productIds.count + request.listingIds.count <= 1000 else {
      throw RPCError.invalid("product_ids", "at most 1,000 together with listing_ids")
    }
    let snapshots = try await listings.snapshots(listings: request.listingIds, products: request.productIds)
    let now = clock()
    var response = PricingV1.GetPricesResponse()
    response.prices = snapshots.filter { $0.removedAt == nil }.map { PricingV1.ListingPrice($0, at: now) }
    return response
  }

  package func checkNow(
    _ request: PricingV1.CheckNowRequest, context: ServerContext
  ) async throws -> PricingV1.CheckNowResponse {
    guard request.listingId > 0 else { throw RPCError.invalid("listing_id", "an id above 0") }
    let now = clock()
    var due = try await schedule.checkNow(request.listingId, now: now)
    if due == nil {
      let known = try await listings.snapshots(listings: [request.listingId], products: [])
      guard known.contains(where: { $0.removedAt == nil }) else {
        throw RPCError.notFound("there is no listing \(request.listingId)")
      }
      // The catalogue's event may have come in between, with the listing and its place in the schedule.
      due = try await schedule.checkNow(request.listingId, now: now)
    }
    guard let due else {
      throw RPCError(
        code: .failedPrecondition,
        message: "the prices of listing \(request.listingId) are pushed, nobody looks at them")
    }
    var response = PricingV1.CheckNowResponse()
    response.wasDueAt = GoogleProtobuf.Timestamp(due)
    return response
  }

  package func subscribe(
    _ request: CommonV1.SubscribeRequest, responses: ResponseWriter<PricingV1.SubscribeResponse>,
    context: ServerContext
  ) async throws {
    try await feed.serve(request, to: responses)
  }
}

extension PricingV1.RecordObservationsResponse {
  fileprivate mutating func add(_ result: RecordResult, lines: [Int64]) {
    recorded += Int64(result.recorded)
    duplicates += Int64(result.duplicates)
    rejected += Int64(result.rejections.count)
    for rejection in result.rejections.prefix(PricingHandler.maximumRejections - rejections.count) {
      var message = PricingV1.ObservationRejection()
      message.line = lines[rejection.place]
      message.reason = PricingV1.RejectionReason(rawValue: Int32(rejection.reason.reason.rawValue))
      message.message = rejection.reason.message
      rejections.append(message)
    }
  }
}

extension PricingV1.ListingPrice {
  fileprivate init(_ snapshot: ListingSnapshot, at now: Moment) {
    let (facts, fold) = (snapshot.facts, snapshot.fold)
    self.init()
    listingId = facts.id
    productId = facts.productID
    shop = facts.shop
    price = CommonV1.Money(fold.price, facts.currency)
    if let last = fold.timeline.last {
      listPrice = CommonV1.Money(last.listPrice, facts.currency)
      availability = CommonV1.Availability(last.availability)
    }
    since = fold.priceSince.map { GoogleProtobuf.Timestamp($0) }
    observedAt = fold.lastObservedAt.map { GoogleProtobuf.Timestamp($0) }
    seller = fold.seller
    if let deal = fold.projected(to: now).0.deal, !deal.isOutOfStock {
      dealId = deal.id
      discountBasisPoints = UInt32(clamping: deal.realDiscount)
    }
    hasUnconfirmed = fold.hasUnconfirmed
  }
}
