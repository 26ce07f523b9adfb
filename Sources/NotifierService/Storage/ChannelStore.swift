internal import PostgresClient

/// Channels as subscribers register, verify and remove them.
struct ChannelStore: Sendable {
  let pool: PostgresPool

  /// What a registration brings.
  struct Registration: Sendable {
    var subscriber: String
    var kind: ChannelKind
    var address: String
    /// Sealed; nil for kinds that sign nothing.
    var signingSecret: [UInt8]?
    var codeHash: [UInt8]
    var codeLifetime: Duration
  }

  enum RegistrationResult: Sendable {
    case registered(ChannelRecord)
    /// It is there, verified and in working order.
    case exists
    case tooMany
    /// It was sent a code just now.
    case tooSoon
    /// So many codes were mailed for the subscriber within an hour.
    case tooManyCodes
  }

  /// Codes that are mailed for one subscriber within an hour: the mailboxes may be strangers'.
  private static let mailedCodes = 20

  /// Registers a channel, or begins to verify one anew that is unverified or disabled.
  ///
  /// - Parameters:
  ///   - limit: channels of one subscriber.
  ///   - codeInterval: between two codes to one channel.
  ///   - message: makes what tells the channel its code; nil sends nothing.
  func register(
    _ registration: Registration, limit: Int, codeInterval: Duration,
    message: @Sendable (ChannelRecord) throws -> NewDelivery?
  ) async throws -> RegistrationResult {
    try await pool.withTransaction { transaction in
      try await transaction.query(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 2))", [registration.subscriber])
      let known = try await transaction.query(
        "SELECT \(ChannelRecord.columns) FROM channel WHERE subscriber = $1", [registration.subscriber])
      let channels = try known.map { row in try ChannelRecord(row) }
      if let same = channels.first(where: { $0.kind == registration.kind && $0.address == registration.address }) {
        if same.isUsable { return .exists }
        let isTooSoon = try await transaction.query(
          """
          SELECT code_expires_at > clock_timestamp() + $2 * interval '1 second' FROM channel
          WHERE id = $1 AND code_expires_at IS NOT NULL
          """, [same.id, (registration.codeLifetime - codeInterval).secondsValue]
        ).scalar(Bool.self)
        if isTooSoon == true { return .tooSoon }
      } else if channels.count >= limit {
        return .tooMany
      }
      if registration.kind == .email, try await hasMailedCodes(registration.subscriber, transaction) {
        return .tooManyCodes
      }
      let rows = try await transaction.query(
        """
        INSERT INTO channel AS c (subscriber, kind, address, signing_secret, code_hash, code_expires_at)
        VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 second')
        ON CONFLICT (subscriber, kind, address) DO UPDATE SET
          signing_secret = coalesce(excluded.signing_secret, c.signing_secret), code_hash = excluded.code_hash,
          code_expires_at = excluded.code_expires_at, code_attempts = 0
        RETURNING \(ChannelRecord.columns)
        """,
        [
          registration.subscriber, registration.kind.rawValue, registration.address, registration.signingSecret,
          registration.codeHash, registration.codeLifetime.secondsValue,
        ])
      guard let row = rows.first else { return .tooMany }
      let channel = try ChannelRecord(row)
      if let delivery = try message(channel) {
        // An earlier code that has not been sent yet is of no use any more.
        try await transaction.execute(
          "UPDATE delivery SET state = 4 WHERE channel_id = $1 AND state = 1 AND purpose = 4", [channel.id])
        try await NewDelivery.save([delivery], transaction)
        try await transaction.query("SELECT pg_notify($1, '')", [DeliveryStore.notificationChannel])
      }
      return .registered(channel)
    }
  }

  private func hasMailedCodes(_ subscriber: String, _ transaction: PostgresTransaction) async throws -> Bool {
    // Index delivery_subscriber. Channels may be removed, their codes' deliveries stay.
    let count = try await transaction.query(
      """
      SELECT count(*) FROM (
        SELECT kind, purpose, created_at FROM delivery WHERE subscriber = $1 ORDER BY id DESC LIMIT 200) AS last
      WHERE kind = 3 AND purpose = 4 AND created_at > clock_timestamp() - interval '1 hour'
      """, [subscriber]
    ).scalar(Int.self)
    return (count ?? 0) >= Self.mailedCodes
  }

  enum VerificationResult: Sendable {
    case verified(ChannelRecord)
    case unknownChannel
    /// There is no code, or it is too old.
    case expired
    case wrong
    case tooManyAttempts
  }

  /// Checks a code that a subscriber brought.
  ///
  /// - Parameter isRight: compares with the stored hash, in constant time.
  func verify(
    _ id: Int64, of subscriber: String, maximumAttempts: Int, isRight: @Sendable ([UInt8]) -> Bool
  ) async throws -> VerificationResult {
    try await pool.withTransaction { transaction in
      let rows = try await transaction.query(
        """
        SELECT code_hash, code_expires_at > clock_timestamp(), code_attempts, \(ChannelRecord.columns) FROM channel
        WHERE id = $1 AND subscriber = $2 FOR UPDATE
        """, [id, subscriber])
      guard let row = rows.first else { return .unknownChannel }
      let (hash, isAlive, attempts) = try row.decode(([UInt8]?, Bool?, Int16).self)
      guard let hash, isAlive == true else { return .expired }
      guard Int(attempts) < maximumAttempts else { return .tooManyAttempts }
      guard isRight(hash) else {
        try await transaction.execute("UPDATE channel SET code_attempts = code_attempts + 1 WHERE id = $1", [id])
        return .wrong
      }
      return try await markVerified(id, transaction).map { .verified($0) } ?? .unknownChannel
    }
  }

  private func markVerified(_ id: Int64, _ transaction: PostgresTransaction) async throws -> ChannelRecord? {
    try await transaction.query(
      """
      UPDATE channel SET verified_at = clock_timestamp(), disabled_at = NULL, refusals = 0, last_error = '',
        code_hash = NULL, code_expires_at = NULL, code_attempts = 0
      WHERE id = $1 RETURNING \(ChannelRecord.columns)
      """, [id]
    ).first.map { row in try ChannelRecord(row) }
  }

  /// Verifies the Telegram channel that waits for this code, by a message from the chat itself.
  /// - Returns: nil when no channel waits for it, or not from this chat.
  func verifyTelegram(
    codeHash: [UInt8], chat: String, language: Language, in transaction: PostgresTransaction
  ) async throws -> ChannelRecord? {
    // Index channel_start_code. The search is by an HMAC that nobody outside can make, so its time tells nothing.
    let rows = try await transaction.query(
      """
      SELECT id, subscriber FROM channel
      WHERE code_hash = $1 AND kind = 1 AND address IN ('', $2) AND code_expires_at > clock_timestamp() FOR UPDATE
      """, [codeHash, chat])
    guard let (id, subscriber) = try rows.decode((Int64, String).self).first else { return nil }
    // The subscriber may have registered this very chat before.
    try await transaction.execute(
      "DELETE FROM channel WHERE subscriber = $1 AND kind = 1 AND address = $2 AND id <> $3", [subscriber, chat, id])
    try await transaction.execute(
      "UPDATE channel SET address = $2, language = $3 WHERE id = $1", [id, chat, language.rawValue])
    return try await markVerified(id, transaction)
  }

  /// The subscriber of a chat that speaks to the bot: the one who verified it last, or the chat itself, which is then
  /// registered. That it speaks verifies it anew where it was silenced or had blocked the bot.
  func telegramSubscriber(
    chat: String, language: Language, in transaction: PostgresTransaction
  ) async throws -> ChannelRecord? {
    // Index channel_address.
    let rows = try await transaction.query(
      """
      SELECT \(ChannelRecord.columns) FROM channel
      WHERE kind = 1 AND address = $1 AND verified_at IS NOT NULL ORDER BY verified_at DESC LIMIT 1
      """, [chat])
    if let row = rows.first {
      let channel = try ChannelRecord(row)
      return channel.isUsable ? channel : try await markVerified(channel.id, transaction)
    }
    let made = try await transaction.query(
      """
      INSERT INTO channel (subscriber, kind, address, language) VALUES ('telegram:' || $1, 1, $1, $2)
      ON CONFLICT (subscriber, kind, address) DO UPDATE SET language = excluded.language RETURNING id
      """, [chat, language.rawValue]
    ).scalar(Int64.self)
    guard let made else { return nil }
    return try await markVerified(made, transaction)
  }

  func find(_ id: Int64, of subscriber: String) async throws -> ChannelRecord? {
    try await pool.read(
      "SELECT \(ChannelRecord.columns) FROM channel WHERE id = $1 AND subscriber = $2", [id, subscriber], from: .primary
    ).first.map { row in try ChannelRecord(row) }
  }

  /// All of a subscriber's, oldest first.
  func list(of subscriber: String) async throws -> [ChannelRecord] {
    try await pool.read(
      "SELECT \(ChannelRecord.columns) FROM channel WHERE subscriber = $1 ORDER BY id", [subscriber], from: .primary
    ).map { row in try ChannelRecord(row) }
  }

  /// Removes a channel; what has not been sent to it yet is dropped.
  func remove(_ id: Int64, of subscriber: String) async throws {
    try await pool.withTransaction { transaction in
      guard
        try await transaction.execute("DELETE FROM channel WHERE id = $1 AND subscriber = $2", [id, subscriber]) > 0
      else { return }
      // Index delivery_channel.
      try await transaction.execute(
        "UPDATE delivery SET state = 4, last_error = 'the channel was removed' WHERE channel_id = $1 AND state = 1",
        [id])
    }
  }

  /// Sends nothing more to a mailbox until it is verified again, and drops what waits for it.
  ///
  /// - Parameter isRight: whether who asks may, by the mailbox's address.
  /// - Returns: false when there is no such mailbox, or who asks may not.
  func unsubscribe(_ id: Int64, isRight: @Sendable (String) -> Bool) async throws -> Bool {
    try await pool.withTransaction { transaction in
      let address = try await transaction.query(
        "SELECT address FROM channel WHERE id = $1 AND kind = 3 FOR UPDATE", [id]
      ).scalar(String.self)
      guard let address, isRight(address) else { return false }
      try await transaction.execute(
        """
        UPDATE channel SET disabled_at = coalesce(disabled_at, clock_timestamp()),
          last_error = 'unsubscribed by the link in a mail'
        WHERE id = $1
        """, [id])
      // Index delivery_channel.
      try await transaction.execute(
        "UPDATE delivery SET state = 4, last_error = 'unsubscribed' WHERE channel_id = $1 AND state = 1", [id])
      return true
    }
  }

  /// Queues a test message.
  /// - Returns: its id; nil when the last one is younger than `interval`.
  func queueTest(to channel: ChannelRecord, interval: Duration) async throws -> Int64? {
    try await pool.withTransaction { transaction in
      try await transaction.query("SELECT FROM channel WHERE id = $1 FOR UPDATE", [channel.id])
      // Index delivery_subscriber.
      let isTooSoon = try await transaction.query(
        """
        SELECT EXISTS (
          SELECT FROM (
            SELECT channel_id, purpose, created_at FROM delivery WHERE subscriber = $1 ORDER BY id DESC LIMIT 100) AS last
          WHERE channel_id = $2 AND purpose = 3 AND created_at > clock_timestamp() - $3 * interval '1 second')
        """, [channel.subscriber, channel.id, interval.secondsValue]
      ).scalar(Bool.self)
      if isTooSoon == true { return nil }
      let text = MessageWords(channel.language).test
      let key = "t\(channel.id)-\(UnixTime.now().microseconds)"
      let body =
        switch channel.kind {
        case .webhook: WebhookBody.test(id: key, text: text).text
        case .email: MailContent(subject: MessageWords(channel.language).testSubject, .line(text)).body
        case .telegram, .webPush: TelegramHTML.escape(text)
        }
      let ids = try await NewDelivery.save(
        [
          NewDelivery(
            channel: channel.id, subscriber: channel.subscriber, kind: channel.kind, purpose: .test, text: text,
            body: body,
            idempotencyKey: key)
        ], transaction)
      try await transaction.query("SELECT pg_notify($1, '')", [DeliveryStore.notificationChannel])
      return ids.first
    }
  }
}
