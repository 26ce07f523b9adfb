internal import PostgresClient

extension DeliveryStore {
  struct Filter: Sendable {
    /// Empty: all.
    var subscriber = ""
    /// 0: any.
    var state: Int16 = 0
    /// 0: any.
    var alert: Int64 = 0
    /// Only those with a lower id.
    var before: Int64?
    var limit: Int
  }

  /// Newest first.
  func list(_ filter: Filter) async throws -> [DeliveryRecord] {
    var conditions = ["id < $1"]
    var values: [any PostgresEncodable] = [filter.before ?? .max, filter.limit]
    // Indexes delivery_subscriber, delivery_alert, delivery_state, or the primary key; all end in the id.
    func add(_ column: String, _ value: any PostgresEncodable) {
      values.append(value)
      conditions.append("\(column) = $\(values.count)")
    }
    if !filter.subscriber.isEmpty { add("subscriber", filter.subscriber) }
    if filter.state != 0 { add("state", filter.state) }
    if filter.alert != 0 { add("alert_id", filter.alert) }
    let rows = try await pool.read(
      """
      SELECT \(DeliveryRecord.columns) FROM delivery WHERE \(conditions.joined(separator: " AND "))
      ORDER BY id DESC LIMIT $2
      """, values, from: .primary)
    return try rows.map { row in try DeliveryRecord(row) }
  }

  enum RetryResult: Sendable {
    case queued(DeliveryRecord)
    case unknown
    case notParked
    case channelUnusable
  }

  /// Makes a parked delivery due at once, as if it had never failed.
  func retry(_ id: Int64) async throws -> RetryResult {
    try await pool.withTransaction { transaction in
      let row = try await transaction.query(
        """
        SELECT d.state, d.address IS NOT NULL OR c.id IS NOT NULL AND c.disabled_at IS NULL FROM delivery AS d
        LEFT JOIN channel AS c ON c.id = d.channel_id WHERE d.id = $1 FOR UPDATE OF d
        """, [id]
      ).decode((Int16, Bool).self).first
      guard let (state, isUsable) = row else { return .unknown }
      guard state == 3 else { return .notParked }
      guard isUsable else { return .channelUnusable }
      let rows = try await transaction.query(
        """
        UPDATE delivery SET state = 1, failures = 0, due_at = clock_timestamp(), slot_at = NULL WHERE id = $1
        RETURNING \(DeliveryRecord.columns)
        """, [id])
      try await transaction.query("SELECT pg_notify($1, '')", [Self.notificationChannel])
      return try rows.first.map { row in .queued(try DeliveryRecord(row)) } ?? .unknown
    }
  }

  /// Takes a mail to an account's owner in, once for each key.
  func queueMail(_ mail: NewDelivery) async throws {
    try await pool.withTransaction { transaction in
      // Index delivery_mail_key.
      guard try await !NewDelivery.save([mail], transaction).isEmpty else { return }
      try await transaction.query("SELECT pg_notify($1, '')", [Self.notificationChannel])
    }
  }

  /// Stops or resumes all senders of all processes.
  func setPaused(_ isPaused: Bool) async throws {
    try await pool.withTransaction { transaction in
      try await transaction.execute(
        "UPDATE sending SET paused = $1, changed_at = clock_timestamp() WHERE paused <> $1", [isPaused])
      try await transaction.query("SELECT pg_notify($1, '')", [Self.notificationChannel])
    }
  }

  struct Status: Sendable {
    var channels: Int64
    var alerts: Int64
    var pending: Int64
    var parked: Int64
    var sentToday: Int64
    /// Since the oldest that should have gone out has been due; nil without one.
    var oldestPending: Duration?
    var isPaused: Bool
  }

  func status() async throws -> Status {
    // Counts of large tables come from the planner's statistics; what operators act on is counted, by partial indexes.
    let rows = try await pool.read(
      """
      SELECT \(Self.estimate("channel")), \(Self.estimate("alert")),
        (SELECT count(*) FROM delivery WHERE state = 1), (SELECT count(*) FROM delivery WHERE state = 3),
        (SELECT count(*) FROM delivery WHERE state = 2 AND sent_at > now() - interval '24 hours'),
        extract(epoch FROM clock_timestamp() - (
          SELECT min(created_at) FROM delivery WHERE state = 1 AND due_at <= clock_timestamp()))::double precision,
        (SELECT paused FROM sending)
      """, from: .primary)
    guard let row = rows.first else { throw PostgresError(.decoding, "the status has no row") }
    let (channels, alerts, pending, parked, sent, oldest, isPaused) = try row.decode(
      (Int64, Int64, Int64, Int64, Int64, Double?, Bool).self)
    return Status(
      channels: channels, alerts: alerts, pending: pending, parked: parked, sentToday: sent,
      oldestPending: oldest.map { .seconds(max(0, $0)) }, isPaused: isPaused)
  }

  /// A count that costs no scan of a large table: exact up to a bound, then the planner's figure.
  private static func estimate(_ table: String) -> String {
    """
    (SELECT CASE WHEN c.n < 10000 THEN c.n
      ELSE greatest(10000, (SELECT reltuples::bigint FROM pg_class WHERE oid = '\(table)'::regclass)) END
      FROM (SELECT count(*) AS n FROM (SELECT FROM \(table) LIMIT 10000) AS first) AS c)
    """
  }
}
