internal import EventLog
internal import EventLogRPC
package import MeshMessages
package import MeshRPC
internal import ProtobufBridge

extension DealQuery {
  /// - Throws: `RPCError` INVALID_ARGUMENT, naming the field.
  init(_ filter: PricingV1.DealFilter?, _ order: PricingV1.DealOrder = .score) throws(RPCError) {
    self.init()
    if let filter {
      guard filter.category.utf8.count <= 1000 else { throw .invalid("filter.category", "at most 1,000 bytes") }
      guard filter.shop.utf8.count <= 64 else { throw .invalid("filter.shop", "at most 64 characters") }
      guard filter.minDiscountBasisPoints <= 10_000 else {
        throw .invalid("filter.min_discount_basis_points", "0 to 10,000")
      }
      guard filter.productId >= 0 else { throw .invalid("filter.product_id", "an id, or 0") }
      guard filter.listingId >= 0 else { throw .invalid("filter.listing_id", "an id, or 0") }
      category = filter.category
      shop = filter.shop
      minimumDiscount = Int64(filter.minDiscountBasisPoints)
      productID = filter.productId == 0 ? nil : filter.productId
      listingID = filter.listingId == 0 ? nil : filter.listingId
      if filter.verdict != .unspecified {
        guard let verdict = DealVerdict(rawValue: Int16(clamping: filter.verdict.rawValue)) else {
          throw .invalid("filter.verdict", "UNKNOWN, GENUINE, INFLATED or none")
        }
        self.verdict = verdict
      }
    }
    if order != .unspecified {
      guard let order = Order(rawValue: Int(order.rawValue)) else {
        throw .invalid("order", "SCORE, DISCOUNT, NEWEST or none")
      }
      self.order = order
    }
  }

  /// What a page token belongs to.
  var fingerprint: UInt64 {
    PageToken.fingerprint(
      "deals", category, shop, "\(minimumDiscount)", "\(verdict?.rawValue ?? 0)", "\(productID ?? 0)",
      "\(listingID ?? 0)", "\(order.rawValue)")
  }
}

extension PricingHandler {
  package func listDeals(
    _ request: PricingV1.ListDealsRequest, context: ServerContext
  ) async throws -> PricingV1.ListDealsResponse {
    try PricingV1.ListDealsResponse(wire: try await encodedDeals(request).bytes)
  }

  func encodedDeals(
    _ request: PricingV1.ListDealsRequest
  ) async throws -> EncodedMessage<PricingV1.ListDealsResponse> {
    let query = try DealQuery(request.filter, request.order)
    let page = request.page ?? CommonV1.Page()
    let size = try page.checkedSize()
    let place = try PageToken(page.token, for: query.fingerprint)
    let found = try await deals.list(
      query, after: place.map { .init(value: $0.value, id: $0.id) }, limit: size + 1)
    var fields = WireFieldWriter()
    fields.reserveCapacity(found.count * 512)
    for deal in found.prefix(size) { fields.append(1, deal.deal, of: deal.facts) }
    if found.count > size, let last = found.prefix(size).last?.deal {
      let value =
        switch query.order {
        case .score: last.score.total
        case .discount: last.realDiscount
        case .newest: last.openedAt.milliseconds
        }
      fields.append(2, PageToken(value: value, id: last.id).text(for: query.fingerprint))
    }
    return EncodedMessage(fields)
  }

  package func getDeal(_ request: PricingV1.GetDealRequest, context: ServerContext) async throws -> PricingV1.Deal {
    guard request.id > 0 else { throw RPCError.invalid("id", "an id above 0") }
    guard let found = try await deals.deal(request.id) else {
      throw RPCError.notFound("there is no deal \(request.id)")
    }
    return PricingV1.Deal(found.deal, of: found.facts)
  }

  package func streamDeals(
    _ request: PricingV1.StreamDealsRequest, responses: ResponseWriter<PricingV1.StreamDealsResponse>,
    context: ServerContext
  ) async throws {
    let query = try DealQuery(request.filter)
    var start = try await feed.head()
    if let after = request.after { start = EventPosition(after) }
    try await feed.stream(after: start) { events, horizon in
      var isSilent = true
      for stored in events {
        let event = try PricingV1.PricingEvent(wire: stored.payload)
        guard let deal = event.deal, query.matches(deal) else { continue }
        var response = PricingV1.StreamDealsResponse()
        response.position = CommonV1.EventPosition(stored.position)
        response.deal = deal
        try await responses.write(response)
        isSilent = false
      }
      guard isSilent else { return }
      // Also where events passed that this client does not want: it goes on from there.
      var sign = PricingV1.StreamDealsResponse()
      sign.position = CommonV1.EventPosition(horizon)
      try await responses.write(sign)
    }
  }
}

extension PricingV1.PricingEvent {
  /// The deal that opened or closed.
  fileprivate var deal: PricingV1.Deal? {
    switch change {
    case .dealOpened(let deal), .dealClosed(let deal): deal
    default: nil
    }
  }
}

extension DealQuery {
  fileprivate func matches(_ deal: PricingV1.Deal) -> Bool {
    (category.isEmpty || deal.category == category || deal.category.hasPrefix(category + "/"))
      && (shop.isEmpty || deal.shop == shop) && Int64(deal.realDiscountBasisPoints) >= minimumDiscount
      && (verdict.map { CommonV1.Verdict($0) == deal.verdict } ?? true)
      && (productID == nil || deal.productId == productID) && (listingID == nil || deal.listingId == listingID)
  }
}
