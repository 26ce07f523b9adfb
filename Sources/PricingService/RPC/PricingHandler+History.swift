package import MeshMessages
package import MeshRPC
internal import ProtobufBridge

extension PricingHandler {
  /// Points in one answer at most.
  private static let maximumPoints = 100_000

  package func getPriceHistory(
    _ request: PricingV1.GetPriceHistoryRequest, context: ServerContext
  ) async throws -> PricingV1.GetPriceHistoryResponse {
    try PricingV1.GetPriceHistoryResponse(wire: try await encodedHistory(request).bytes)
  }

  func encodedHistory(
    _ request: PricingV1.GetPriceHistoryRequest
  ) async throws -> EncodedMessage<PricingV1.GetPriceHistoryResponse> {
    let snapshots: [ListingSnapshot]
    switch request.subject {
    case .listingId(let id): snapshots = try await listings.snapshots(listings: [id], products: [])
    case .productId(let id): snapshots = try await listings.snapshots(listings: [], products: [id])
    case nil: throw RPCError.invalid("subject", "listing_id or product_id")
    }
    guard !snapshots.isEmpty else { throw RPCError.notFound("there is no such listing or product") }
    let now = clock()
    let to = try Self.moment(request.to, "to") ?? now + 1
    let from = try Self.moment(request.from, "from")
    if let from, from >= to { throw RPCError.invalid("from", "a time before `to`") }
    let resolution = try Self.resolution(request, from: from, to: to, snapshots)
    var fields = WireFieldWriter()
    var rest = Self.maximumPoints
    for snapshot in snapshots {
      let (points, isTruncated) =
        resolution == .days
        ? try await days(of: snapshot, from: from, to: to, limit: rest)
        : try await changes(of: snapshot, from: from, to: to, limit: rest)
      rest = max(0, rest - points.count)
      fields.append(1, points, of: snapshot.facts, isTruncated: isTruncated)
    }
    fields.append(2, Int64(resolution.rawValue))
    return EncodedMessage(fields)
  }

  private static func moment(_ timestamp: GoogleProtobuf.Timestamp?, _ field: String) throws(RPCError) -> Moment? {
    guard let timestamp else { return nil }
    guard let moment = Moment(timestamp) else { throw .invalid(field, "a time in the years 1 to 9999") }
    return moment
  }

  /// Changes up to 90 days, days beyond, unless the client says.
  private static func resolution(
    _ request: PricingV1.GetPriceHistoryRequest, from: Moment?, to: Moment, _ snapshots: [ListingSnapshot]
  ) throws(RPCError) -> PricingV1.HistoryResolution {
    switch request.resolution {
    case .changes, .days: return request.resolution
    case .unspecified:
      guard let start = from ?? snapshots.compactMap(\.fold.firstObservedAt).min() else { return .changes }
      return to - start > 90 * Moment.day ? .days : .changes
    default: throw .invalid("resolution", "CHANGES, DAYS or none")
    }
  }

  private func changes(
    of snapshot: ListingSnapshot, from: Moment?, to: Moment, limit: Int
  ) async throws -> (points: [HistoryDay], isTruncated: Bool) {
    let (points, isTruncated) = try await listings.changes(of: snapshot, from: from, to: to, limit: limit)
    return (points.map { HistoryDay(last: $0) }, isTruncated)
  }

  private func days(
    of snapshot: ListingSnapshot, from: Moment?, to: Moment, limit: Int
  ) async throws -> (points: [HistoryDay], isTruncated: Bool) {
    let start = from?.startOfDay
    let (points, isTruncated) = try await listings.changes(of: snapshot, from: start, to: to, limit: .max / 2)
    let timeline = Timeline(points)
    let first = start ?? timeline.points.first?.at ?? to
    let known = max(first, timeline.points.first?.at ?? to)
    var days: [HistoryDay] = []
    await Self.compute(&days, steps: points.count + Int(clamping: max(0, to - known) / Moment.day)) { days in
      days = timeline.days(from: first, to: to, maximum: max(1, limit))
    }
    return (days, isTruncated)
  }

  /// Work of more steps leaves the event loop. Fewer take less than some 100 µs, and going to another thread and back costs a
  /// tenth of a whole call.
  private static let stepsOnLoop = 2000

  private static func compute<Value: Sendable>(
    _ value: inout Value, steps: Int, _ body: @Sendable (inout Value) -> Void
  ) async {
    if steps <= stepsOnLoop { body(&value) } else { await ObservationStore.offLoop(&value, body) }
  }

  package func getPriceStatistics(
    _ request: PricingV1.GetPriceStatisticsRequest, context: ServerContext
  ) async throws -> PricingV1.PriceStatistics {
    let asOf = try Self.moment(request.asOf, "as_of") ?? clock()
    switch request.subject {
    case .listingId(let id):
      guard let snapshot = try await listings.snapshots(listings: [id], products: []).first else {
        throw RPCError.notFound("there is no listing \(id)")
      }
      guard request.currency.isEmpty || request.currency == snapshot.facts.currency else {
        throw RPCError.invalid("currency", "\(snapshot.facts.currency), the listing's, or none")
      }
      return try await statistics(of: snapshot, asOf: asOf)
    case .productId(let id):
      let all = try await listings.snapshots(listings: [], products: [id])
      guard let oldest = all.min(by: { ($0.createdAt, $0.facts.id) < ($1.createdAt, $1.facts.id) }) else {
        throw RPCError.notFound("there is no product \(id) with listings")
      }
      let currency = request.currency.isEmpty ? oldest.facts.currency : request.currency
      let parts = all.filter { $0.facts.currency == currency }
      guard !parts.isEmpty else {
        throw RPCError.invalid("currency", "one in which the product is sold")
      }
      return try await statistics(ofProduct: parts, currency: currency, asOf: asOf)
    case nil: throw RPCError.invalid("subject", "listing_id or product_id")
    }
  }

  private func statistics(of snapshot: ListingSnapshot, asOf: Moment) async throws -> PricingV1.PriceStatistics {
    let fold = snapshot.fold
    // The state alone answers for the present, unless the listing changes so often that its year does not fit in.
    let isEnough =
      fold.timeline.past.isEmpty
      || (fold.lastObservedAt.map { asOf >= $0 } ?? true) && fold.timeline.covers(asOf.daysBefore(365))
    let timeline: Timeline
    if isEnough {
      timeline = fold.timeline
    } else {
      timeline = try await listings.timelines(of: [snapshot], asOf: asOf)[snapshot.facts.id] ?? Timeline()
    }
    return await Self.message(timeline, fold.firstObservedAt, snapshot.facts.currency, asOf: asOf)
  }

  private func statistics(
    ofProduct parts: [ListingSnapshot], currency: String, asOf: Moment
  ) async throws -> PricingV1.PriceStatistics {
    let timelines = try await listings.timelines(of: parts, asOf: asOf)
    let first = parts.compactMap(\.fold.firstObservedAt).min()
    let steps = parts.count * timelines.values.reduce(parts.count) { $0 + $1.points.count }
    var merged = Timeline()
    await Self.compute(&merged, steps: steps) { merged in
      merged = ProductTimeline.merge(
        parts.map { .init(timeline: timelines[$0.facts.id] ?? Timeline(), removedAt: $0.removedAt) })
    }
    return await Self.message(merged, first, currency, asOf: asOf)
  }

  private static func message(
    _ timeline: Timeline, _ first: Moment?, _ currency: String, asOf: Moment
  ) async -> PricingV1.PriceStatistics {
    let statistics = PriceStatistics(of: timeline, firstObservedAt: first, asOf: asOf)
    var message = PricingV1.PriceStatistics()
    message.currency = currency
    message.asOf = GoogleProtobuf.Timestamp(asOf)
    message.price = CommonV1.Money(statistics.price, currency)
    message.firstObservedAt = statistics.firstObservedAt.map { GoogleProtobuf.Timestamp($0) }
    message.windows = statistics.windows.map { window in
      var part = PricingV1.WindowStatistics()
      part.days = UInt32(window.days)
      part.average = CommonV1.Money(window.average, currency)
      part.lowest = CommonV1.Money(window.lowest?.price, currency)
      part.lowestAt = window.lowest.map { GoogleProtobuf.Timestamp($0.at) }
      part.highest = CommonV1.Money(window.highest?.price, currency)
      part.highestAt = window.highest.map { GoogleProtobuf.Timestamp($0.at) }
      part.outOfStockBasisPoints = UInt32(clamping: window.outOfStockBasisPoints)
      return part
    }
    return message
  }
}
