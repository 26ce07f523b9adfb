internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

extension NotifierHandler {
  func registerChannel(
    _ request: NotifierV1.RegisterChannelRequest, context: ServerContext
  ) async throws -> NotifierV1.RegisterChannelResponse {
    let subscriber = try RequestCheck.subscriber(request.subscriber)
    let kind = try kind(request.kind)
    let address = try address(request.address, of: kind)
    // A Telegram chat that is not known yet shows itself: the person sends the bot the code.
    let isStart = kind == .telegram && address.isEmpty
    let code = try VerificationCode.make(
      length: isStart ? VerificationCode.startLength : VerificationCode.typedLength)
    let signing =
      kind == .webhook ? try secrets.makeSigningKey(subscriber: subscriber, address: address) : nil
    let lifetime = isStart ? VerificationCode.startLifetime : VerificationCode.typedLifetime
    let result = try await channels.register(
      ChannelStore.Registration(
        subscriber: subscriber, kind: kind, address: address, signingSecret: signing?.sealed,
        codeHash: try secrets.hash(code), codeLifetime: lifetime),
      limit: limits.channels, codeInterval: isStart ? .zero : limits.messageInterval
    ) { [secrets] channel in
      isStart ? nil : try CodeMessage.delivery(code, to: channel, lifetime: lifetime, secrets: secrets)
    }
    switch result {
    case .registered(let channel):
      return .with {
        $0.channel = channel.message
        $0.signingSecret = signing?.shown ?? ""
        if isStart { $0.startCode = code.text }
      }
    case .exists:
      throw RPCError(code: .alreadyExists, message: "address: the subscriber has this channel, verified")
    case .tooMany:
      throw RPCError(
        code: .resourceExhausted, message: "subscriber: has \(limits.channels) channels, the most; remove one first")
    case .tooManyCodes:
      throw RPCError(
        code: .resourceExhausted, message: "address: too many codes were mailed within the hour; try again later")
    case .tooSoon:
      throw RPCError(
        code: .resourceExhausted, message: "address: a code was sent a moment ago; wait \(limits.messageInterval)")
    }
  }

  private func kind(_ kind: NotifierV1.ChannelKind) throws(RPCError) -> ChannelKind {
    guard let known = Int16(exactly: kind.rawValue).flatMap({ ChannelKind(rawValue: $0) }) else {
      throw .field("kind", "expected TELEGRAM, WEBHOOK or EMAIL")
    }
    let setting: String
    switch known {
    case .telegram: setting = "TELEGRAM_TOKEN"
    case .email: setting = "SMTP_URL"
    case .webhook: return known
    case .webPush:
      throw RPCError(code: .unimplemented, message: "kind: \(kind) is not offered; use TELEGRAM, WEBHOOK or EMAIL")
    }
    guard kinds.contains(known) else {
      throw RPCError(code: .failedPrecondition, message: "kind: \(kind) is not set up here (\(setting))")
    }
    return known
  }

  /// An address as it is kept.
  private func address(_ address: String, of kind: ChannelKind) throws(RPCError) -> String {
    guard address.unicodeScalars.count <= 2048 else { throw .field("address", "expected at most 2,048 characters") }
    switch kind {
    case .telegram:
      guard address.isEmpty || Int64(address).map({ $0 != 0 && String($0) == address }) == true else {
        throw .field("address", "expected a Telegram chat id, or nothing to be told a code for the bot")
      }
    case .webhook:
      if let problem = addresses.problem(with: address) { throw .field("address", problem) }
    case .email:
      guard let mail = MailAddress(address) else { throw .field("address", MailAddress.expectation) }
      return mail.text
    case .webPush: break
    }
    return address
  }

  func verifyChannel(
    _ request: NotifierV1.VerifyChannelRequest, context: ServerContext
  ) async throws -> NotifierV1.Channel {
    let id = try RequestCheck.id(request.id, field: "id")
    let subscriber = try RequestCheck.subscriber(request.subscriber)
    guard let code = VerificationCode(typed: request.code) else {
      throw RPCError.field("code", "expected the \(VerificationCode.typedLength) characters that were sent")
    }
    let result = try await channels.verify(
      id, of: subscriber, maximumAttempts: VerificationCode.maximumAttempts
    ) { [secrets] hash in secrets.isCode(code, hash: hash) }
    switch result {
    case .verified(let channel): return channel.message
    case .unknownChannel: throw Self.unknownChannel
    case .expired:
      throw RPCError(code: .failedPrecondition, message: "code: has expired or was used; register the channel again")
    case .wrong: throw RPCError.field("code", "expected what was sent to the channel; this is another one")
    case .tooManyAttempts:
      throw RPCError(
        code: .resourceExhausted, message: "code: too many wrong ones; register the channel again for a new one")
    }
  }

  static let unknownChannel = RPCError(code: .notFound, message: "id: the subscriber has no such channel")

  func listChannels(
    _ request: NotifierV1.ListChannelsRequest, context: ServerContext
  ) async throws -> NotifierV1.ListChannelsResponse {
    let list = try await channels.list(of: try RequestCheck.subscriber(request.subscriber))
    return .with { $0.channels = list.map(\.message) }
  }

  func removeChannel(
    _ request: NotifierV1.RemoveChannelRequest, context: ServerContext
  ) async throws -> NotifierV1.RemoveChannelResponse {
    try await channels.remove(
      try RequestCheck.id(request.id, field: "id"), of: try RequestCheck.subscriber(request.subscriber))
    return NotifierV1.RemoveChannelResponse()
  }

  func sendTest(
    _ request: NotifierV1.SendTestRequest, context: ServerContext
  ) async throws -> NotifierV1.SendTestResponse {
    let id = try RequestCheck.id(request.channelId, field: "channel_id")
    let subscriber = try RequestCheck.subscriber(request.subscriber)
    guard let channel = try await channels.find(id, of: subscriber) else {
      throw RPCError(code: .notFound, message: "channel_id: the subscriber has no such channel")
    }
    guard !channel.address.isEmpty, channel.disabledAt == nil else {
      throw RPCError(code: .failedPrecondition, message: "channel_id: the channel is disabled, or has no address yet")
    }
    guard let delivery = try await channels.queueTest(to: channel, interval: limits.messageInterval) else {
      throw RPCError(
        code: .resourceExhausted, message: "channel_id: a test was sent a moment ago; wait \(limits.messageInterval)")
    }
    return .with { $0.deliveryId = delivery }
  }
}

/// What tells a channel its code. In the queue its body is sealed, and its text does not show the code.
enum CodeMessage {
  static func delivery(
    _ code: VerificationCode, to channel: ChannelRecord, lifetime: Duration, secrets: Secrets
  ) throws -> NewDelivery {
    let words = MessageWords(channel.language)
    let text = words.code(code.text, minutes: Int(lifetime.components.seconds / 60))
    let key = "v\(channel.id)-\(UnixTime.now().microseconds)"
    let body =
      switch channel.kind {
      case .webhook: WebhookBody.verification(id: key, code: code.text, text: text).text
      case .email: MailContent(subject: words.codeSubject, .line(text)).body
      case .telegram, .webPush: TelegramHTML.escape(text)
      }
    return NewDelivery(
      channel: channel.id, subscriber: channel.subscriber, kind: channel.kind, purpose: .verification,
      text: words.code("********", minutes: Int(lifetime.components.seconds / 60)),
      body: try secrets.sealMessage(body, channel: channel.id), idempotencyKey: key)
  }
}
