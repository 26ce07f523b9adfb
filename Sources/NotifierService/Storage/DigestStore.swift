internal import PostgresClient

/// Turns the day's entries into one message for each channel.
struct DigestStore: Sendable {
  let pool: PostgresPool

  /// Entries in one message at most; what is left goes into the next.
  private static let maximumEntries = 200

  /// When the next digest is due; nil without entries.
  func nextDue() async throws -> UnixTime? {
    // Index digest_entry_due.
    try await pool.read("SELECT due_at FROM digest_entry ORDER BY due_at LIMIT 1", from: .primary)
      .scalar(Timestamp.self).map { UnixTime($0) }
  }

  /// Writes the digests that are due.
  /// - Returns: how many.
  func flush() async throws -> Int {
    let channels = try await pool.read(
      "SELECT DISTINCT channel_id FROM digest_entry WHERE due_at <= clock_timestamp() LIMIT 500", from: .primary
    ).scalars(Int64.self)
    var count = 0
    for channel in channels where try await flush(channel) { count += 1 }
    return count
  }

  private func flush(_ id: Int64) async throws -> Bool {
    try await pool.withTransaction { transaction in
      // Holding the channel keeps a second process from taking the other half of its entries.
      let rows = try await transaction.query(
        "SELECT \(ChannelRecord.columns) FROM channel WHERE id = $1 FOR UPDATE SKIP LOCKED", [id])
      guard let row = rows.first else { return false }
      let channel = try ChannelRecord(row)
      let entries = try await transaction.query(
        """
        DELETE FROM digest_entry WHERE id IN (
          SELECT id FROM digest_entry WHERE channel_id = $1 AND due_at <= clock_timestamp() ORDER BY id LIMIT $2)
        RETURNING id, text, body
        """, [id, Self.maximumEntries]
      ).decode((Int64, String, String).self).sorted { $0.0 < $1.0 }
      guard let first = entries.first, channel.isUsable else { return false }
      let key = "g\(first.0)-c\(id)"
      let bodies = entries.map(\.2)
      let text = DigestMessage.join(entries.map(\.1), language: channel.language, limit: nil) { $0.plainText }
      let body =
        switch channel.kind {
        case .webhook: WebhookBody.digest(bodies, id: key).text
        case .telegram:
          DigestMessage.join(bodies, language: channel.language, limit: TelegramHTML.limit) { TelegramHTML.render($0) }
        case .email:
          MailContent(
            subject: MessageWords(channel.language).digestHeadline(count: entries.count), text: text,
            html: DigestMessage.join(bodies, language: channel.language, limit: nil) { MailHTML.render($0) }
              .replacing("\n\n", with: "<br>\n<br>\n")
          ).body
        case .webPush: text
        }
      try await NewDelivery.save(
        [
          NewDelivery(
            channel: id, subscriber: channel.subscriber, kind: channel.kind, purpose: .digest, text: text, body: body,
            idempotencyKey: key)
        ], transaction)
      try await transaction.query("SELECT pg_notify($1, '')", [DeliveryStore.notificationChannel])
      return true
    }
  }
}
