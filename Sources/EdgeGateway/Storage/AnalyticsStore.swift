internal import MeshMessages
internal import PostgresClient
internal import Sodium

/// Events in the database.
struct AnalyticsStore: Sendable {
  let pool: PostgresPool
  var clock: @Sendable () -> Timestamp = { .now() }

  /// How long an event may wait to be written; then its day's salt may be gone.
  static let patience = Duration.seconds(3600)
  private static let timeout = Duration.seconds(10)

  /// Days from 1970 of UTC.
  static func day(of time: Timestamp) -> Int32 { Int32(clamping: time.microseconds / 86_400_000_000) }

  /// Writes a batch, once however often it is tried.
  ///
  /// - Returns: how many of its events came too late.
  /// - Throws: `PostgresError`.
  func write(_ batch: AnalyticsQueue.Batch) async throws -> Int {
    let oldest = Timestamp(microseconds: clock().microseconds - Int64(Self.patience / .microseconds(1)))
    let events = batch.events.filter { $0.at > oldest }
    guard !events.isEmpty else { return batch.events.count }
    let salts = try await salts(of: Set(events.map { Self.day(of: $0.at) }))
    let visitors = try Self.visitors(of: events, salts)
    let rows = try await pool.query(
      Self.insertion,
      [
        batch.id, events.map(\.at), events.map { Int16(clamping: $0.kind.rawValue) }, visitors, events.map(\.product),
        events.map(\.deal), events.map(\.listing), events.map(\.shop), events.map(\.query), events.map(\.results),
        events.map(\.page), events.map(\.language), Self.patience.secondsValue,
      ], timeout: Self.timeout)
    return try Self.late(batch, rows)
  }

  // These two apart: the compiler of Swift 6.3 fails at them within an asynchronous function.

  private static func visitors(
    of events: [AnalyticsEvent], _ salts: [Int32: [UInt8]]
  ) throws -> [UUIDBytes] {
    try events.map { event in
      guard let salt = salts[day(of: event.at)] else { throw PostgresError(.decoding, "a day has no salt") }
      return try event.mark.visitor(salt: salt)
    }
  }

  /// One that was written before tells nothing of what was late.
  private static func late(_ batch: AnalyticsQueue.Batch, _ rows: PostgresRows) throws -> Int {
    guard let (written, isNew) = try rows.decode((Int, Bool).self).first else { return 0 }
    return isNew ? batch.events.count - written : 0
  }

  /// Rows are locked in one order by all: first those of visitors, then those of hours. What is due is marked by an update,
  /// not left alone: the lock keeps roll-ups from missing what is not committed yet.
  private static let insertion = """
    WITH batch AS (
      INSERT INTO analytics_batch (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id
    ), event AS (
      INSERT INTO analytics_event
        (at, kind, visitor, product_id, deal_id, listing_id, shop, query, results, page, language)
      SELECT e.* FROM batch, unnest(
        $2::timestamptz[], $3::smallint[], $4::uuid[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[],
        $10::integer[], $11::text[], $12::text[]
      ) AS e (at, kind, visitor, product_id, deal_id, listing_id, shop, query, results, page, language)
      WHERE e.at > now() - $13 * interval '1 second' AND e.at < now() + $13 * interval '1 second'
      RETURNING at, visitor
    ), seen AS (
      INSERT INTO analytics_visitor (day, visitor)
      SELECT DISTINCT floor(extract(epoch FROM at) / 86400)::integer, visitor FROM event ORDER BY 1, 2
      ON CONFLICT DO NOTHING
    ), due AS (
      INSERT INTO analytics_due (hour) SELECT DISTINCT date_trunc('hour', at, 'UTC') FROM event ORDER BY 1
      ON CONFLICT (hour) DO UPDATE SET hour = excluded.hour
    )
    SELECT (SELECT count(*) FROM event), EXISTS (SELECT FROM batch)
    """

  /// The salts of some days, the same for all gateways: whoever comes first makes a day's.
  private func salts(of days: Set<Int32>) async throws -> [Int32: [UInt8]] {
    func known() async throws -> [Int32: [UInt8]] {
      let rows = try await pool.query(
        "SELECT day, salt FROM analytics_salt WHERE day = ANY ($1)", [Array(days)], timeout: Self.timeout)
      return Dictionary(uniqueKeysWithValues: try rows.decode((Int32, [UInt8]).self).map { ($0, $1) })
    }
    let found = try await known()
    let missing = days.subtracting(found.keys).sorted()
    guard !missing.isEmpty else { return found }
    for day in missing {
      try await pool.execute(
        "INSERT INTO analytics_salt (day, salt) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        [day, try RandomBytes.make(32)], timeout: Self.timeout)
    }
    return try await known()
  }
}
