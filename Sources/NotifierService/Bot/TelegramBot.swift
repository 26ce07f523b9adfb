internal import Logging
internal import PostgresClient

/// Fetches what people write to the bot, by long polling: one process at a time.
struct TelegramBot: Sendable {
  let pool: PostgresPool
  let api: TelegramAPI
  let store: BotStore
  let answers: BotAnswers
  let logger: Logger

  /// Who holds it polls. "telebot" in ASCII.
  private static let lockKey: Int64 = 0x74_65_6c_65_62_6f_74
  /// How long Telegram holds a request that has nothing to tell.
  private static let poll = Duration.seconds(10)

  /// Waits for its turn, then polls until the task is cancelled or the lock is lost.
  func run() async throws {
    try await pool.withAdvisoryLock(Self.lockKey, timeout: .seconds(86_400)) {
      logger.info("this process answers the bot")
      while true {
        try Task.checkCancellation()
        try await step()
      }
    }
  }

  /// Fetches and handles one batch.
  func step() async throws {
    let next = try await store.nextUpdate()
    let reply = try await api.call(
      "getUpdates",
      .object([
        ("offset", .integer(next)), ("timeout", .integer(Self.poll.components.seconds)), ("limit", .integer(50)),
        ("allowed_updates", .array([.string("message")])),
      ]), timeout: Self.poll + .seconds(4))
    switch reply {
    case .refused(let code, let description, let pause):
      logger.warning(
        "Telegram refused to tell what was written to the bot",
        metadata: ["code": "\(code)", "description": "\(description)"])
      try await Task.sleep(for: .seconds(min(max(pause ?? 5, 1), 60)))
    case .ok(let object):
      for update in (object.objects("result") ?? []).compactMap({ BotUpdate($0) }) where update.id >= next {
        try await answers.handle(update)
      }
    }
  }
}
