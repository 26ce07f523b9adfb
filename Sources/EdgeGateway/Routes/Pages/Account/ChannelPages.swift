internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC

/// A person's channels, and what was sent to them.
struct ChannelPages: Sendable {
  let own: OwnAccount
  let pages: PersonalPages

  private static let id = Parameter<Int64>.id("id", in: .path, "The channel's id.")
  private static let state = Parameter<NotifierV1.DeliveryState>.choice(
    "state", DeliveryListPage.states.map { ($0.word, $0.state) }, "Only deliveries in this state.")
  private static let kinds: [String: NotifierV1.ChannelKind] = [
    "telegram": .telegram, "email": .email, "webhook": .webhook,
  ]
  private static let faults: [String: AccountPhrase] = [
    "address": .faultAddress, "kind": .faultKind, "": .faultChannel, FormMarkup.limit: .faultChannelLimit,
  ]

  private var backends: Backends { own.backends }

  var routes: [Route] {
    let id = [Self.id.declaration]
    return [
      pages.page("/account/channels", "channels", "A person's channels.") { request, context in
        try await list(request, context)
      },
      pages.form(
        "/account/channels", "channels", "Adds a channel, which gets or awaits a code.", fields: ["kind", "address"],
        handler: register),
      pages.page(
        "/account/channels/{id}/verify", "verifyChannel", "A channel's code, to be typed.", parameters: id
      ) { request, context in
        ChannelCodePage(
          form: FormMarkup(context: context), channel: try await channel(request),
          notice: try request.value(Notice.parameter)
        ).response()
      },
      pages.form(
        "/account/channels/{id}/verify", "verifyChannel", "Shows that a channel is one's own.", parameters: id,
        fields: ["code"], handler: verify),
      pages.form("/account/channels/{id}/test", "testChannel", "Sends a test.", parameters: id, handler: test),
      pages.page(
        "/account/channels/{id}/delete", "deleteChannel", "Asks whether a channel shall go.", parameters: id,
        handler: deleteForm),
      pages.form(
        "/account/channels/{id}/delete", "deleteChannel", "Removes a channel.", parameters: id, handler: delete),
      pages.page(
        "/account/deliveries", "deliveries", "What was sent.",
        parameters: [Self.state.declaration, PageParameters.token.declaration], handler: deliveries),
    ]
  }

  private func channels(of subscriber: String) async throws -> [NotifierV1.Channel] {
    try await backends.notifier.listChannels(
      NotifierV1.ListChannelsRequest(subscriber: subscriber), options: backends.read
    ).channels
  }

  /// One channel of the person's.
  ///
  /// - Throws: `Problem` 404.
  private func channel(_ request: GatewayRequest) async throws -> NotifierV1.Channel {
    let id = try request.required(Self.id)
    guard let found = try await channels(of: try request.subscriber()).first(where: { $0.id == id }) else {
      throw Problem.noSuchThing
    }
    return found
  }

  private func list(
    _ request: GatewayRequest, _ context: PageContext, typed: (kind: String, form: FormMarkup)? = nil,
    status: HTTPResponse.Status = .ok
  ) async throws -> GatewayResponse {
    ChannelListPage(
      context: context, channels: try await channels(of: try request.subscriber()), typed: typed,
      email: try await own.account(try request.signedIn().account).email, notice: try request.value(Notice.parameter)
    ).response(status: status)
  }

  @Sendable private func register(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let name = request.form["kind"]
    let address = request.form.trimmed("address")
    do {
      guard let kind = Self.kinds[name] else { throw AccountInput.invalid("kind", "expected one of the list") }
      let answer = try await ChannelRoutes.register(
        NotifierV1.RegisterChannelRequest(subscriber: try request.subscriber(), kind: kind, address: address), backends)
      let channel = answer.channel ?? NotifierV1.Channel()
      // What is shown this once has no address to come back to.
      if answer.startCode.isEmpty, answer.signingSecret.isEmpty {
        return pages.seeOther("/account/channels/\(channel.id)/verify", .sent)
      }
      return ChannelCodePage(
        form: FormMarkup(context: context), channel: channel, startCode: answer.startCode,
        signingSecret: answer.signingSecret
      ).response()
    } catch {
      var form = FormMarkup(context: context, values: ["address": address])
      form.errors = try form.faults(error, Self.faults)
      return try await list(request, context, typed: (name, form), status: .unprocessableContent)
    }
  }

  @Sendable private func verify(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let message = NotifierV1.VerifyChannelRequest(
      id: try request.required(Self.id), subscriber: try request.subscriber(), code: request.form.trimmed("code"))
    do {
      _ = try await backends.notifier.verifyChannel(message, options: backends.write)
      return pages.seeOther("/account/channels", .saved)
    } catch {
      var form = FormMarkup(context: context, values: ["code": message.code])
      form.errors = try form.faults(
        error, ["code": .faultCode, "": .faultCodeOver, FormMarkup.limit: .faultCodeOver])
      return ChannelCodePage(form: form, channel: try await channel(request)).response(status: .unprocessableContent)
    }
  }

  @Sendable private func test(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let message = NotifierV1.SendTestRequest(
      channelId: try request.required(Self.id), subscriber: try request.subscriber())
    _ = try await backends.notifier.sendTest(message, options: backends.write)
    return pages.seeOther("/account/channels", .sent)
  }

  @Sendable private func deleteForm(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let channel = try await channel(request)
    return AccountFrame(context: context, section: .channels, title: context(.channelDeleteTitle)).confirmation(
      FormMarkup(context: context), text: ChannelWords.name(channel, context), button: context(.removeYes),
      path: "/account/channels/\(channel.id)/delete", cancel: "/account/channels")
  }

  @Sendable private func delete(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let message = NotifierV1.RemoveChannelRequest(
      id: try request.required(Self.id), subscriber: try request.subscriber())
    _ = try await backends.notifier.removeChannel(message, options: backends.write)
    return pages.seeOther("/account/channels", .removed)
  }

  @Sendable private func deliveries(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let token = try request.given(PageParameters.token) ?? ""
    let answer = try await backends.notifier.listDeliveries(
      NotifierV1.ListDeliveriesRequest(
        subscriber: try request.subscriber(), state: try request.value(Self.state) ?? .unspecified,
        page: CommonV1.Page(size: PageSources.pageSize, token: token)), options: backends.read)
    return DeliveryListPage(
      context: context, deliveries: answer.deliveries, state: request.query["state"] ?? "", token: token,
      next: answer.nextPageToken
    ).response()
  }
}
