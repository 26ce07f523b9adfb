internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC

/// Everyone's deliveries, for operators.
struct AdminDeliveryRoutes {
  let operations: Operations

  private var backends: Backends { operations.backends }

  private static let id = Parameter<Int64>.id("id", in: .path, "The delivery's id.")
  private static let subscriber = Parameter<String>.text(
    "subscriber", length: 1...100, "Only this subscriber's; mail:ADDRESS for mails to an account's owner.")

  var routes: [Route] {
    [
      Route(
        .get, "/v1/admin/deliveries", "listAllDeliveries", tag: "admin", "What was sent to everyone, newest first.",
        access: .operator,
        parameters: [
          AlertRoutes.state.declaration, Self.subscriber.declaration, AlertRoutes.alert.declaration,
        ] + CommonParameters.paging,
        response: .message(NotifierV1.ListDeliveriesResponse.layout), handler: list),
      Route(
        .post, "/v1/admin/deliveries/{id}/retry", "retryDelivery", tag: "admin",
        "Sends a parked delivery again, at once: 409 for one in another state, or whose channel is gone.",
        access: .operator, parameters: [Self.id.declaration], status: .accepted,
        response: .message(NotifierV1.Delivery.layout), handler: retry
      ).with { $0.further = [.conflict] },
    ]
  }

  @Sendable private func list(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = NotifierV1.ListDeliveriesRequest(
      subscriber: try request.value(Self.subscriber) ?? "",
      state: try request.value(AlertRoutes.state) ?? .unspecified, alertId: try request.value(AlertRoutes.alert) ?? 0,
      page: try request.page())
    return try GatewayJSON.response(try await backends.notifier.listDeliveries(message, options: backends.read))
  }

  @Sendable private func retry(_ request: GatewayRequest) async throws -> GatewayResponse {
    try GatewayJSON.response(try await operations.retry(delivery: try request.required(Self.id)), status: .accepted)
  }
}
