internal import PostgresClient

/// A message to be written to the tables, rendered for its channel.
struct NewDelivery: Sendable {
  enum Purpose: Int16, Sendable { case alert = 1, digest, test, verification, reply, accountMail }

  var alert: Int64 = 0
  var event: EventKey?
  /// 0 for what goes to an address instead.
  var channel: Int64
  var subscriber: String
  var kind: ChannelKind
  var purpose: Purpose
  /// Nil: at once.
  var due: UnixTime?
  var text: String
  var body: String
  var idempotencyKey: String
  /// Where it goes; nil: to the channel's.
  var address: String?
  /// Not sent any more from then on.
  var expires: UnixTime?

  init(
    channel: Int64, subscriber: String, kind: ChannelKind, purpose: Purpose, text: String, body: String,
    idempotencyKey: String
  ) {
    self.channel = channel
    self.subscriber = subscriber
    self.kind = kind
    self.purpose = purpose
    self.text = text
    self.body = body
    self.idempotencyKey = idempotencyKey
  }

  init(
    _ alert: Alert, _ event: MarketEvent, _ message: AlertMessage, _ channel: ReachableChannel, due: UnixTime?,
    isDigest: Bool
  ) {
    let rich = isDigest ? message.digestText(channel.language) : message.text(channel.language)
    let text = rich.plainText
    let key = "a\(alert.id)-e\(event.position.transaction).\(event.position.sequence)-c\(channel.id)"
    let body =
      switch channel.kind {
      case .telegram: TelegramHTML.render(rich)
      case .webhook:
        WebhookBody.alert(alert, event, message, text: message.text(channel.language).plainText, id: key).text
      case .email:
        // A digest puts the parts together before it becomes a mail.
        isDigest ? MailHTML.render(rich) : MailContent(subject: message.subject(channel.language), rich).body
      case .webPush: text
      }
    self.init(
      channel: channel.id, subscriber: channel.subscriber, kind: channel.kind, purpose: .alert, text: text, body: body,
      idempotencyKey: key)
    self.alert = alert.id
    self.event = event.position
    self.due = due
  }

  /// Deliveries that are there already stay as they are.
  @discardableResult
  static func save(_ deliveries: [NewDelivery], _ transaction: PostgresTransaction) async throws -> [Int64] {
    guard !deliveries.isEmpty else { return [] }
    let text: [any PostgresEncodable] = [
      deliveries.map(\.text), deliveries.map(\.body), deliveries.map(\.idempotencyKey),
      deliveries.map { $0.due.map { Timestamp($0) } }, deliveries.map(\.address),
      deliveries.map { $0.expires.map { Timestamp($0) } },
    ]
    return try await transaction.query(
      """
      INSERT INTO delivery (alert_id, event_transaction, event_sequence, channel_id, subscriber, kind, purpose, text, body,
        idempotency_key, due_at, address, expires_at)
      SELECT alert_id, event_transaction, event_sequence, channel_id, subscriber, kind, purpose, text, body,
        idempotency_key, coalesce(due_at, clock_timestamp()), address, expires_at
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::smallint[], $7::smallint[],
        $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::text[], $13::timestamptz[])
        AS n (alert_id, event_transaction, event_sequence, channel_id, subscriber, kind, purpose, text, body,
          idempotency_key, due_at, address, expires_at)
      ON CONFLICT DO NOTHING
      RETURNING id
      """, keyValues(deliveries) + text
    ).scalars(Int64.self)
  }

  private static func keyValues(_ deliveries: [NewDelivery]) -> [any PostgresEncodable] {
    [
      deliveries.map(\.alert), deliveries.map { $0.event.map { Int64(bitPattern: $0.transaction) } },
      deliveries.map { $0.event?.sequence }, deliveries.map(\.channel), deliveries.map(\.subscriber),
      deliveries.map(\.kind.rawValue), deliveries.map(\.purpose.rawValue),
    ]
  }

  static func saveForDigest(_ entries: [NewDelivery], _ transaction: PostgresTransaction) async throws {
    guard !entries.isEmpty else { return }
    try await transaction.execute(
      """
      INSERT INTO digest_entry (alert_id, event_transaction, event_sequence, channel_id, due_at, text, body)
      SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::text[],
        $7::text[])
      ON CONFLICT DO NOTHING
      """,
      [
        entries.map(\.alert), entries.map { $0.event.map { Int64(bitPattern: $0.transaction) } },
        entries.map { $0.event?.sequence }, entries.map(\.channel), entries.map { $0.due.map { Timestamp($0) } },
        entries.map(\.text), entries.map(\.body),
      ])
  }
}
