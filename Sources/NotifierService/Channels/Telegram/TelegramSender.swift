/// Sends messages to Telegram chats by the bot.
struct TelegramSender: ChannelSender {
  let api: TelegramAPI
  let limits: SendPlan.Limits
  let kind = ChannelKind.telegram
  let concurrency = 32

  private let timeout: Duration
  /// The longest wait that is believed.
  private static let longestPause: Int64 = 3600

  /// - Parameters:
  ///   - messagesPerSecond: for the bot, all chats together.
  ///   - timeout: for an answer; shorter than a delivery's lease.
  init(api: TelegramAPI, messagesPerSecond: Int, timeout: Duration = .seconds(10)) {
    self.api = api
    self.timeout = timeout
    // Two at once after a pause: with 28 in a second that stays within the 30 that Telegram allows.
    limits = SendPlan.Limits(
      interval: .seconds(1) / messagesPerSecond, burst: 2, addressInterval: .seconds(1))
  }

  func send(_ message: OutgoingMessage) async -> SendOutcome {
    do {
      let chat = Int64(message.address).map { JSONValue.integer($0) } ?? .string(message.address)
      let reply = try await api.call(
        "sendMessage",
        .object([
          ("chat_id", chat), ("text", .string(message.body)), ("parse_mode", .string("HTML")),
          ("link_preview_options", .object([("is_disabled", .bool(true))])),
        ]), timeout: timeout)
      switch reply {
      case .ok: return .accepted
      case .refused(let code, let description, let pause): return Self.outcome(code, description, pause)
      }
    } catch let failure as HTTPFailure {
      // Telegram's own address is configured: whatever is wrong with it, the message is not to blame.
      return .failed(failure.message)
    } catch {
      return .failed("sending was broken off")
    }
  }

  /// What an error of the Bot API means for the message and the chat.
  static func outcome(_ code: Int64, _ description: String, _ retryAfter: Int64?) -> SendOutcome {
    let text = "Telegram: \(description) (\(code))"
    switch code {
    case 429: return .slowDown(.seconds(min(max(1, retryAfter ?? 1), longestPause)))
    case 403: return .channelGone(text)
    case 400:
      let gone = [
        "chat not found", "peer_id_invalid", "group chat was upgraded", "user is deactivated", "chat_id is empty",
      ]
      let lower = description.lowercased()
      return gone.contains { lower.contains($0) } ? .channelGone(text) : .refused(text)
    case 401, 404: return .failed("Telegram does not know the bot: check TELEGRAM_TOKEN (\(code))")
    default: return code >= 500 ? .failed(text) : .refused(text)
    }
  }
}
