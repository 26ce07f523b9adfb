internal import EventLogRPC
internal import HTTPTypes
internal import MeshMessages
internal import PostgresClient
internal import ProtobufBridge

/// What visitors did, for operators. Hours and days are those of UTC; the hour that runs is told as far as it is rolled up.
struct AdminReportRoutes {
  let analytics: Analytics

  private static let from = Parameter<GoogleProtobuf.Timestamp>.time(
    "from", "From the beginning of this hour or day. A week before the end if not given.")
  private static let to = Parameter<GoogleProtobuf.Timestamp>.time(
    "to", "To the end of this hour or day, unless it begins at this very moment. Now if not given.")
  private static let step = Parameter<AnalyticsReports.Step>.choice(
    "by", [("hour", .hour), ("day", .day)], "The length of each stretch; a day if not given.")
  private static let order = Parameter<Bool>.choice(
    "sort", [("views", false), ("clicks", true)], "What is most; views if not given.")
  private static let empty = Parameter<Bool>.boolean(
    "without_results", "Only what found nothing, by how often it did.")
  private static let range = [from.declaration, to.declaration]
  /// Days that one report may be about.
  private static let maximumDays: [AnalyticsReports.Step: Int64] = [.hour: 31, .day: 366]

  var routes: [Route] {
    [
      report(
        "traffic", "trafficReport",
        "Views, clicks, searches and visitors of each hour or day; up to 31 days by hour, 366 by "
          + "day.", [Self.step.declaration], EdgeV1.TrafficReport.layout, traffic),
      report(
        "products", "productReport", "The products most looked at or visited in shops, over up to 366 days.",
        [Self.order.declaration, CommonParameters.limit.declaration], EdgeV1.ProductReport.layout, products),
      report(
        "searches", "searchReport", "What was searched for most, over up to 366 days.",
        [Self.empty.declaration, CommonParameters.limit.declaration], EdgeV1.SearchReport.layout, searches),
      report(
        "affiliate", "affiliateReport",
        "Visitors sent on to shops: the shops and listings with the most, over up to 366 days.",
        [CommonParameters.limit.declaration], EdgeV1.AffiliateReport.layout, affiliate),
    ]
  }

  private func report(
    _ name: String, _ operation: String, _ summary: String, _ parameters: [ParameterDeclaration],
    _ layout: MessageLayout, _ handler: @escaping Route.Handler
  ) -> Route {
    Route(
      .get, "/v1/admin/reports/\(name)", operation, tag: "admin", summary, access: .operator,
      parameters: Self.range + parameters, response: .message(layout), handler: handler)
  }

  /// Whole hours or days.
  ///
  /// - Throws: `Problem` 400 that names the parameter.
  private func range(_ request: GatewayRequest, _ step: AnalyticsReports.Step) throws -> AnalyticsReports.Range {
    let length = step.microseconds
    func moment(_ parameter: Parameter<GoogleProtobuf.Timestamp>) throws -> Int64? {
      guard let given = try request.value(parameter) else { return nil }
      // Years of four digits, so that nothing overflows below.
      guard let time = given.postgresTimestamp, (0...253_402_300_799_000_000).contains(time.microseconds) else {
        throw Problem.invalid(parameter.declaration.name, "expected a time after 1970")
      }
      return time.microseconds
    }
    let end = (try moment(Self.to) ?? analytics.now().microseconds) + length - 1
    let to = end - end % length
    let start = try moment(Self.from) ?? max(0, to - 7 * AnalyticsReports.Step.day.microseconds)
    let from = start - start % length
    guard from < to else { throw Problem.invalid("from", "is not before to") }
    let most = Self.maximumDays[step] ?? 0
    guard to - from <= most * AnalyticsReports.Step.day.microseconds else {
      throw Problem.invalid("from", "is more than \(most) days before to")
    }
    return .init(from: Timestamp(microseconds: from), to: Timestamp(microseconds: to))
  }

  @Sendable private func traffic(_ request: GatewayRequest) async throws -> GatewayResponse {
    let step = try request.value(Self.step) ?? .day
    let range = try range(request, step)
    let rows = try await analytics.reports.traffic(range, by: step)
    return try GatewayJSON.response(
      EdgeV1.TrafficReport(
        from: .init(range.from), to: .init(range.to),
        points: rows.map { row in
          EdgeV1.TrafficPoint(
            start: .init(row.start), pageViews: row.events[.pageView] ?? 0, productViews: row.events[.productView] ?? 0,
            dealClicks: row.events[.dealClick] ?? 0, listingClicks: row.events[.listingClick] ?? 0,
            searches: row.events[.search] ?? 0, shares: row.events[.share] ?? 0, visitors: row.visitors)
        }))
  }

  @Sendable private func products(_ request: GatewayRequest) async throws -> GatewayResponse {
    let range = try range(request, .day)
    let rows = try await analytics.reports.products(
      range, byClicks: try request.value(Self.order) ?? false, limit: try request.value(CommonParameters.limit) ?? 20)
    return try GatewayJSON.response(
      EdgeV1.ProductReport(
        from: .init(range.from), to: .init(range.to),
        products: rows.map {
          EdgeV1.ProductFigures(
            productId: $0.product, views: $0.views, listingClicks: $0.listingClicks, dealClicks: $0.dealClicks,
            shares: $0.shares)
        }))
  }

  @Sendable private func searches(_ request: GatewayRequest) async throws -> GatewayResponse {
    let range = try range(request, .day)
    let rows = try await analytics.reports.searches(
      range, withoutResults: try request.value(Self.empty) ?? false,
      limit: try request.value(CommonParameters.limit) ?? 20)
    return try GatewayJSON.response(
      EdgeV1.SearchReport(
        from: .init(range.from), to: .init(range.to),
        searches: rows.map {
          EdgeV1.SearchFigures(
            query: $0.query, searches: $0.searches, withoutResults: $0.withoutResults, visits: $0.visits)
        }))
  }

  @Sendable private func affiliate(_ request: GatewayRequest) async throws -> GatewayResponse {
    let range = try range(request, .day)
    let limit = try request.value(CommonParameters.limit) ?? 20
    let reports = analytics.reports
    let total = try await reports.clicks(range, on: .all, limit: 1).first?.clicks ?? 0
    let shops = try await reports.clicks(range, on: .shop, limit: limit)
    let listings = try await reports.clicks(range, on: .listing, limit: limit)
    return try GatewayJSON.response(
      EdgeV1.AffiliateReport(
        from: .init(range.from), to: .init(range.to), clicks: total,
        shops: shops.map { EdgeV1.ShopFigures(shop: $0.subject, clicks: $0.clicks, visits: $0.visits) },
        listings: listings.map {
          EdgeV1.ListingFigures(listingId: Int64($0.subject) ?? 0, clicks: $0.clicks, visits: $0.visits)
        }))
  }
}
