internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC

/// A subscriber's alerts, and what was sent for them.
struct AlertRoutes {
  let backends: Backends

  private static let id = Parameter<Int64>.id("id", in: .path, "The alert's id.")
  static let alert = Parameter<Int64>.id("alert", in: .query, "Of this alert only.")
  static let state = Parameter<NotifierV1.DeliveryState>.choice(
    "state", [("pending", .pending), ("sent", .sent), ("parked", .parked), ("dropped", .dropped)],
    "Only deliveries in this state.")

  private static let subjects = ["productId", "listingId"]
  private static let rules = [
    "targetPrice", "drop", "anyChange", "backInStock", "allTimeLow", "lowestInDays", "dealInCategory",
  ]
  private static let options = [
    "channelIds", "rearm", "expiresAt", "quietHours", "dailyDigest", "paused", "label",
  ]

  var routes: [Route] {
    let alert = NotifierV1.Alert.layout
    return [
      Route(
        .get, "/v1/alerts", "listAlerts", tag: "alerts", "The subscriber's alerts.", access: .subscriber(.read),
        freshness: .privateRevalidated, parameters: CommonParameters.paging,
        response: .message(NotifierV1.ListAlertsResponse.layout), handler: list),
      Route(
        .post, "/v1/alerts", "createAlert", tag: "alerts", "Adds an alert: a subject and exactly one rule.",
        access: .subscriber(.alerts), body: .fields(Self.subjects + Self.rules + Self.options, of: alert),
        status: .created,
        response: .message(alert), handler: create
      ).with {
        $0.alternativeMembers = Self.rules
        $0.bodyExample = [
          "productId": "1", "targetPrice": ["price": ["amount": "999.00", "currency": "TRY"]], "label": "Headphones",
        ]
        $0.further = [.notFound, .conflict]
      },
      Route(
        .patch, "/v1/alerts/{id}", "updateAlert", tag: "alerts",
        "Changes what the body names and leaves the rest as it is.", access: .subscriber(.alerts),
        parameters: [Self.id.declaration], body: .fields(Self.rules + Self.options, of: alert),
        response: .message(alert), handler: update
      ).with {
        $0.bodyExample = ["paused": true]
        $0.further = [.conflict]
      },
      Route(
        .delete, "/v1/alerts/{id}", "deleteAlert", tag: "alerts", "Removes an alert.", access: .subscriber(.alerts),
        parameters: [Self.id.declaration], status: .noContent, response: .nothing, handler: delete),
      Route(
        .get, "/v1/deliveries", "listDeliveries", tag: "alerts", "What was sent to the subscriber, newest first.",
        access: .subscriber(.read), freshness: .privateRevalidated,
        parameters: [Self.state.declaration, Self.alert.declaration] + CommonParameters.paging,
        response: .message(NotifierV1.ListDeliveriesResponse.layout), handler: deliveries),
    ]
  }

  @Sendable private func list(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = NotifierV1.ListAlertsRequest(subscriber: try request.subscriber(), page: try request.page())
    return try GatewayJSON.response(try await backends.notifier.listAlerts(message, options: backends.read))
  }

  @Sendable private func create(_ request: GatewayRequest) async throws -> GatewayResponse {
    let body = try await request.jsonBody()
    try BodyFields.check(body, allowed: Self.subjects + Self.rules + Self.options)
    var alert = try GatewayJSON.read(NotifierV1.Alert.self, from: body)
    guard alert.rule != nil else {
      throw Problem(
        .badRequest, .invalidBody, "rule: is missing: set one of \(Self.rules.joined(separator: ", "))", field: "rule")
    }
    alert.subscriber = try request.subscriber()
    let message = NotifierV1.CreateAlertRequest(alert: alert)
    let created = try await backends.notifier.createAlert(message, options: backends.write)
    return try GatewayJSON.response(created, status: .created)
  }

  @Sendable private func update(_ request: GatewayRequest) async throws -> GatewayResponse {
    let body = try await request.jsonBody()
    let names = try BodyFields.named(body, allowed: Self.rules + Self.options)
    var alert = try GatewayJSON.read(NotifierV1.Alert.self, from: body)
    alert.id = try request.required(Self.id)
    alert.subscriber = try request.subscriber()
    let paths = Set(names.map { Self.rules.contains($0) ? "rule" : BodyFields.protoName($0) }).sorted()
    let message = NotifierV1.UpdateAlertRequest(alert: alert, updateMask: GoogleProtobuf.FieldMask(paths: paths))
    return try GatewayJSON.response(try await backends.notifier.updateAlert(message, options: backends.write))
  }

  @Sendable private func delete(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = NotifierV1.DeleteAlertRequest(
      id: try request.required(Self.id), subscriber: try request.subscriber())
    _ = try await backends.notifier.deleteAlert(message, options: backends.write)
    return .noContent
  }

  @Sendable private func deliveries(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = NotifierV1.ListDeliveriesRequest(
      subscriber: try request.subscriber(), state: try request.value(Self.state) ?? .unspecified,
      alertId: try request.value(Self.alert) ?? 0, page: try request.page())
    return try GatewayJSON.response(try await backends.notifier.listDeliveries(message, options: backends.read))
  }
}
