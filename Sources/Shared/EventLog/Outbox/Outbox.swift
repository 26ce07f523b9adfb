package import CoreMetrics
package import PostgresClient

/// Appends events to a service's log in the transaction that makes the change: both take effect, or neither.
///
/// Readers take only rows of transactions below the lowest one that still runs (`pg_snapshot_xmin`), since rows of a
/// running transaction may come to light later. A row therefore bears the id of its own transaction, or, if that is
/// higher, of the last transaction that had ended when the row was appended. The second half keeps a key's events in
/// order: a transaction that had its id early, and then waited for the key's lock, comes behind the holder it waited
/// for, whose id may be higher. No row bears an id that has not been given out, so that readers need not wait for more
/// traffic.
package struct Outbox: Sendable {
  /// Events in one call at most.
  package static let maximumBatch = 50_000

  private let statement: String
  private let channel: String
  private let appended: Counter

  /// - Parameters:
  ///   - schema: where `EventLogSchema.outbox` was applied.
  ///   - metrics: where figures go; nil: the process's own.
  package init(schema: String, metrics: (any MetricsFactory)? = nil) {
    let names = LogNames(schema: schema)
    channel = names.channel
    appended = Counter(
      label: "event_log_appended_total", dimensions: [("log", schema)], factory: metrics ?? MetricsSystem.factory)
    // The subquery's OFFSET keeps the id from being computed for every row.
    statement = """
      WITH appended AS (
        INSERT INTO \(names.log) (transaction, partition, key, payload)
        SELECT own.id, e.partition, e.key, e.payload
        FROM (
          SELECT greatest(
            pg_current_xact_id(),
            (pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)::text::xid8) AS id
          OFFSET 0
        ) AS own
        CROSS JOIN unnest($1::smallint[], $2::bigint[], $3::bytea[]) WITH ORDINALITY
          AS e (partition, key, payload, place)
        ORDER BY e.place
        RETURNING 1
      )
      SELECT count(*), pg_notify($4, '') FROM appended
      """
  }

  /// Appends events in this order, in one statement. To be called after the changes that they tell of, while the
  /// transaction holds the locks on what it changed: that is what gives a key's events their order.
  ///
  /// The events of a transaction that rolls back are never seen. Listeners are woken when it commits.
  /// - Throws: `EventLogError` `.invalidArgument` for a payload or a batch that is too large, `PostgresError`.
  package func append(_ events: [OutboxEvent], in transaction: PostgresTransaction) async throws {
    guard !events.isEmpty else { return }
    guard events.count <= Self.maximumBatch else {
      throw EventLogError(
        .invalidArgument, "\(events.count) events in one call: append at most \(Self.maximumBatch) at a time")
    }
    var partitions: [Int16] = []
    var keys: [Int64] = []
    var payloads: [[UInt8]] = []
    partitions.reserveCapacity(events.count)
    keys.reserveCapacity(events.count)
    payloads.reserveCapacity(events.count)
    for event in events {
      guard event.payload.count <= OutboxEvent.maximumPayloadSize else {
        throw EventLogError(
          .invalidArgument,
          "an event's payload has \(event.payload.count) bytes, of \(OutboxEvent.maximumPayloadSize) at most")
      }
      partitions.append(Int16(EventPartition.of(event.key)))
      keys.append(event.key)
      payloads.append(event.payload)
    }
    try await transaction.query(statement, [partitions, keys, payloads, channel])
    appended.increment(by: events.count)
  }
}
