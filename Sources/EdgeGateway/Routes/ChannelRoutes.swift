internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC

/// A subscriber's channels: the ways to reach it.
struct ChannelRoutes {
  let backends: Backends

  private static let id = Parameter<Int64>.id("id", in: .path, "The channel's id.")

  var routes: [Route] {
    [
      Route(
        .get, "/v1/channels", "listChannels", tag: "channels", "The subscriber's channels.", access: .subscriber(.read),
        freshness: .privateRevalidated, response: .message(NotifierV1.ListChannelsResponse.layout), handler: list),
      Route(
        .post, "/v1/channels", "registerChannel", tag: "channels",
        "Adds a channel and sends it a code. The answer holds a webhook's signing key, which is shown only once.",
        access: .subscriber(.alerts), body: .fields(["kind", "address"], of: NotifierV1.RegisterChannelRequest.layout),
        status: .created, response: .message(NotifierV1.RegisterChannelResponse.layout), handler: register
      ).with {
        $0.requiredMembers = ["kind"]
        $0.bodyExample = ["kind": "CHANNEL_KIND_WEBHOOK", "address": "https://example.com/hook"]
        $0.further = [.conflict]
      },
      Route(
        .post, "/v1/channels/{id}/verify", "verifyChannel", tag: "channels",
        "Shows that the channel is the subscriber's, by the code that was sent to it.", access: .subscriber(.alerts),
        parameters: [Self.id.declaration], body: .fields(["code"], of: NotifierV1.VerifyChannelRequest.layout),
        response: .message(NotifierV1.Channel.layout), handler: verify
      ).with {
        $0.requiredMembers = ["code"]
        $0.bodyExample = ["code": "123456"]
        $0.further = [.conflict]
      },
      Route(
        .post, "/v1/channels/{id}/test", "testChannel", tag: "channels", "Sends a test message.",
        access: .subscriber(.alerts),
        parameters: [Self.id.declaration], status: .accepted,
        response: .message(NotifierV1.SendTestResponse.layout), handler: test
      ).with { $0.further = [.conflict] },
      Route(
        .delete, "/v1/channels/{id}", "removeChannel", tag: "channels", "Removes a channel.",
        access: .subscriber(.alerts),
        parameters: [Self.id.declaration], status: .noContent, response: .nothing, handler: remove),
    ]
  }

  @Sendable private func list(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = NotifierV1.ListChannelsRequest(subscriber: try request.subscriber())
    return try GatewayJSON.response(try await backends.notifier.listChannels(message, options: backends.read))
  }

  @Sendable private func register(_ request: GatewayRequest) async throws -> GatewayResponse {
    let body = try await request.jsonBody()
    try BodyFields.check(body, allowed: ["kind", "address"])
    var message = try GatewayJSON.read(NotifierV1.RegisterChannelRequest.self, from: body)
    message.subscriber = try request.subscriber()
    return try GatewayJSON.response(try await Self.register(message, backends), status: .created)
  }

  /// - Throws: `Problem` 400 for a kind that is not offered, `RPCError`.
  static func register(
    _ message: NotifierV1.RegisterChannelRequest, _ backends: Backends
  ) async throws -> NotifierV1.RegisterChannelResponse {
    do {
      return try await backends.notifier.registerChannel(message, options: backends.write)
    } catch let error as RPCError where error.code == .unimplemented {
      // The contract has more kinds than an installation may offer: that is no fault of the server.
      throw Problem(.badRequest, .invalidBody, "kind: channels of this kind are not offered here", field: "kind")
    }
  }

  @Sendable private func verify(_ request: GatewayRequest) async throws -> GatewayResponse {
    let body = try await request.jsonBody()
    try BodyFields.check(body, allowed: ["code"])
    var message = try GatewayJSON.read(NotifierV1.VerifyChannelRequest.self, from: body)
    message.id = try request.required(Self.id)
    message.subscriber = try request.subscriber()
    return try GatewayJSON.response(try await backends.notifier.verifyChannel(message, options: backends.write))
  }

  @Sendable private func test(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = NotifierV1.SendTestRequest(
      channelId: try request.required(Self.id), subscriber: try request.subscriber())
    let response = try await backends.notifier.sendTest(message, options: backends.write)
    return try GatewayJSON.response(response, status: .accepted)
  }

  @Sendable private func remove(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = NotifierV1.RemoveChannelRequest(
      id: try request.required(Self.id), subscriber: try request.subscriber())
    _ = try await backends.notifier.removeChannel(message, options: backends.write)
    return .noContent
  }
}
