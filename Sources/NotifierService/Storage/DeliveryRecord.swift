internal import PostgresClient

/// A delivery as people and operators read it.
struct DeliveryRecord: Sendable {
  var id: Int64
  var alert: Int64
  var channel: Int64
  var subscriber: String
  var kind: Int16
  var state: Int16
  var attempts: Int32
  var createdAt: UnixTime
  var dueAt: UnixTime
  var sentAt: UnixTime?
  var lastError: String
  var text: String
  var idempotencyKey: String

  static let columns = """
    id, alert_id, channel_id, subscriber, kind, state, attempts, created_at, due_at, sent_at, last_error, text,
    idempotency_key
    """

  init(_ row: PostgresRow) throws(PostgresError) {
    var reader = RowReader(row)
    id = try reader.next(Int64.self)
    alert = try reader.next(Int64.self)
    channel = try reader.next(Int64.self)
    subscriber = try reader.next(String.self)
    kind = try reader.next(Int16.self)
    state = try reader.next(Int16.self)
    attempts = try reader.next(Int32.self)
    createdAt = UnixTime(try reader.next(Timestamp.self))
    dueAt = UnixTime(try reader.next(Timestamp.self))
    sentAt = try reader.next(Timestamp?.self).map { UnixTime($0) }
    lastError = try reader.next(String.self)
    text = try reader.next(String.self)
    idempotencyKey = try reader.next(String.self)
  }
}
