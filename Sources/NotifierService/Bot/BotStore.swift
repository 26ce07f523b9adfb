internal import PostgresClient

/// What the bot has handled, and its answers. An update's answer and the note that it was handled are one transaction.
struct BotStore: Sendable {
  let pool: PostgresPool
  let channels: ChannelStore

  /// Answers to one chat that wait to be sent; a chat that asks for more gets none.
  private static let maximumWaiting = 10

  /// The number of the next update to ask for.
  func nextUpdate() async throws -> Int64 {
    try await pool.read("SELECT next_update FROM telegram_bot", from: .primary).scalar(Int64.self) ?? 0
  }

  /// Notes updates that ask for nothing.
  func passOver(upTo id: Int64) async throws {
    try await pool.execute("UPDATE telegram_bot SET next_update = greatest(next_update, $1)", [id + 1])
  }

  /// Answers an update and notes it, unless it was handled before.
  ///
  /// - Parameter answer: makes the answer; its effects on the database are part of the transaction.
  func handle(
    _ update: Int64, chat: String, language: Language,
    _ answer: @Sendable (ChannelRecord, PostgresTransaction) async throws -> RichText?
  ) async throws {
    try await pool.withTransaction { transaction in
      let isNew =
        try await transaction.execute(
          "UPDATE telegram_bot SET next_update = $1 WHERE next_update <= $2", [update + 1, update]) > 0
      guard isNew,
        let channel = try await channels.telegramSubscriber(chat: chat, language: language, in: transaction)
      else { return }
      // Index delivery_channel.
      let waiting = try await transaction.query(
        "SELECT count(*) FROM delivery WHERE channel_id = $1 AND state = 1", [channel.id]
      ).scalar(Int.self)
      guard (waiting ?? 0) < Self.maximumWaiting, let text = try await answer(channel, transaction) else { return }
      try await NewDelivery.save(
        [
          NewDelivery(
            channel: channel.id, subscriber: channel.subscriber, kind: .telegram, purpose: .reply, text: text.plainText,
            body: TelegramHTML.render(text), idempotencyKey: "r\(update)")
        ], transaction)
      try await transaction.query("SELECT pg_notify($1, '')", [DeliveryStore.notificationChannel])
    }
  }

  /// Silences a chat: nothing is sent to it until it begins anew.
  func silence(_ chat: String, in transaction: PostgresTransaction) async throws {
    try await transaction.execute(
      """
      UPDATE channel SET disabled_at = clock_timestamp(), last_error = 'silenced by /stop'
      WHERE kind = 1 AND address = $1 AND disabled_at IS NULL
      """, [chat])
  }

  /// The subscriber of a chat; nil when it has none.
  func subscriber(of chat: String) async throws -> String? {
    try await pool.read(
      """
      SELECT subscriber FROM channel
      WHERE kind = 1 AND address = $1 AND verified_at IS NOT NULL ORDER BY verified_at DESC LIMIT 1
      """, [chat], from: .primary
    ).scalar(String.self)
  }
}
