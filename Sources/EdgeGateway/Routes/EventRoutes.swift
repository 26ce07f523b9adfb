internal import HTTPTypes
internal import MeshMessages

/// What pages and other clients tell of their visitors.
struct EventRoutes {
  let analytics: Analytics

  private static let members = ["events"]

  var routes: [Route] {
    [
      Route(
        .post, "/v1/events", "recordEvents", tag: "analytics",
        "Tells of page views, product views, clicks, searches and shares, 1 to 50 at once. All are checked before any is "
          + "taken. No cookie is set and nothing is kept of who it was but an id that changes each day; of requests with "
          + "DNT: 1 or Sec-GPC: 1 nothing at all.",
        limit: .web, body: .fields(Self.members, of: EdgeV1.RecordEventsRequest.layout), status: .noContent,
        response: .nothing, handler: record
      ).with {
        $0.requiredMembers = Self.members
        $0.bodyExample = ["events": [["kind": "EVENT_KIND_PAGE_VIEW", "page": "/deals", "language": "tr"]]]
        // An API key is looked up in the database.
        ($0.asksServices, $0.further) = (false, [.serviceUnavailable])
      }
    ]
  }

  @Sendable private func record(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (message, _) = try await request.message(EdgeV1.RecordEventsRequest.self, Self.members)
    analytics.record(
      try AnalyticsInput.events(message, at: analytics.now(), VisitorMark(request)), of: request)
    return .noContent
  }
}
