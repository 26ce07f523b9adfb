internal import PostgresClient

/// Reads the log's next stretch: one statement, one snapshot.
struct FeedReader: Sendable {
  /// Rows that one statement looks at, at most. Those of other partitions are among them.
  static let maximumScan = 4096

  /// What one statement found.
  struct Stretch {
    /// Of the partitions asked for, in order.
    var events: [StoredEvent] = []
    /// All up to here has been looked at; the position asked after, or the log's floor, if there was nothing.
    var end: EventPosition
    /// Whether rows that may be read already are behind `end`.
    var hasMore: Bool
    /// Whether rows are there that wait for a transaction that still runs.
    var hasHeldBack: Bool
    var backlog: Int64
  }

  private let pool: PostgresPool
  private let partitions: [Int16]
  private let maximumBytes: Int
  private let scanLimit: Int
  private let statement: String
  private let existence: String

  init(
    pool: PostgresPool, names: LogNames, partitions: Set<Int>, maxBatchSize: Int,
    configuration: EventFeedConfiguration
  ) {
    self.pool = pool
    self.partitions = partitions.sorted().map { Int16($0) }
    maximumBytes = configuration.maximumBatchBytes
    // A stream of few partitions looks at more rows at a time. A power of two: each limit is a statement of its own.
    let wanted = maxBatchSize * EventPartition.count / max(1, partitions.count)
    scanLimit = min(Self.maximumScan, Self.powerOfTwo(from: max(maxBatchSize, wanted)))
    statement = Self.statement(
      names, limit: scanLimit, ignoresRunning: configuration.ignoresRunningTransactions)
    existence = """
      SELECT f.transaction, f.sequence, EXISTS (
        SELECT FROM \(names.log) WHERE transaction = $1::xid8 AND sequence = $2::bigint)
      FROM \(names.floor) AS f
      """
  }

  static func powerOfTwo(from number: Int) -> Int {
    var power = 64
    while power < number { power *= 2 }
    return power
  }

  /// The limit stands in the text, not in a parameter: only then does the planner know, whatever its statistics say,
  /// that a few rows from the front of each partition's index on (transaction, sequence) are all that is wanted.
  static func statement(_ names: LogNames, limit: Int, ignoresRunning: Bool) -> String {
    let rule =
      ignoresRunning
      ? "true" : "transaction < pg_snapshot_xmin(pg_current_snapshot())"
    return """
      WITH scanned AS MATERIALIZED (
        SELECT transaction, sequence, partition, occurred_at, payload
        FROM \(names.log)
        WHERE (transaction, sequence) > ($1::xid8, $2::bigint) AND \(rule)
        ORDER BY transaction, sequence
        LIMIT \(limit)
      ), measured AS (
        SELECT *,
          sum(CASE WHEN partition = ANY ($3::smallint[]) THEN octet_length(payload) ELSE 0 END)
            OVER (ORDER BY transaction, sequence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
        FROM scanned
      ), kept AS MATERIALIZED (
        SELECT * FROM measured WHERE coalesce(bytes_before, 0) < $4::bigint
      )
      SELECT f.transaction, f.sequence, (SELECT count(*) FROM scanned) = \(limit)
          OR (SELECT count(*) FROM scanned) > (SELECT count(*) FROM kept),
        last.transaction, last.sequence, newest.transaction, newest.sequence,
        pg_snapshot_xmin(pg_current_snapshot()),
        kept.transaction, kept.sequence, kept.partition, kept.occurred_at, kept.payload
      FROM \(names.floor) AS f
      LEFT JOIN LATERAL (
        SELECT transaction, sequence FROM kept ORDER BY transaction DESC, sequence DESC LIMIT 1) AS last ON true
      LEFT JOIN LATERAL (
        SELECT transaction, sequence FROM \(names.log) ORDER BY transaction DESC, sequence DESC LIMIT 1) AS newest ON true
      LEFT JOIN kept ON kept.partition = ANY ($3::smallint[])
      ORDER BY kept.transaction, kept.sequence
      """
  }

  /// Makes sure that the log goes on behind `position` without a gap.
  /// - Returns: where to begin: `position`, or for the start the log's floor.
  /// - Throws: `EventLogError` `.positionDropped`, `.positionUnknown`.
  func check(_ position: EventPosition) async throws -> EventPosition {
    let rows = try await pool.read(existence, [String(position.transaction), position.sequence], from: .primary)
    guard let row = rows.first else { throw Self.noFloor }
    let (transaction, sequence, exists) = try row.decode((UInt64, Int64, Bool).self)
    let floor = EventPosition(transaction: transaction, sequence: sequence)
    if position == .start || position == floor { return floor }
    // Every position that a stream gives out is an event's.
    if position < floor { throw EventLogError.dropped(position, floor: floor) }
    guard exists else { throw EventLogError.unknown(position) }
    return position
  }

  /// Reads what comes after `position`.
  /// - Throws: `EventLogError` `.positionDropped`, `PostgresError`.
  func read(after position: EventPosition) async throws -> Stretch {
    let rows = try await pool.read(
      statement, [String(position.transaction), position.sequence, partitions, maximumBytes], from: .primary)
    guard let first = rows.first else { throw Self.noFloor }
    let floor = EventPosition(transaction: try first.column(0), sequence: try first.column(1))
    if position < floor { throw EventLogError.dropped(position, floor: floor) }
    let hasMore = try first.column(2, as: Bool.self)
    var end = position
    if let transaction = try first.column(3, as: UInt64?.self) {
      end = EventPosition(transaction: transaction, sequence: try first.column(4))
    }
    var hasHeldBack = false
    var backlog: Int64 = 0
    if let newest = try first.column(5, as: UInt64?.self) {
      hasHeldBack = newest >= (try first.column(7, as: UInt64.self))
      backlog = max(0, try first.column(6, as: Int64.self) - end.sequence)
    }
    var stretch = Stretch(end: end, hasMore: hasMore, hasHeldBack: hasHeldBack, backlog: backlog)
    guard try first.column(8, as: UInt64?.self) != nil else { return stretch }
    stretch.events.reserveCapacity(rows.count)
    for row in rows {
      stretch.events.append(
        StoredEvent(
          position: EventPosition(transaction: try row.column(8), sequence: try row.column(9)),
          partition: Int(try row.column(10, as: Int16.self)), occurredAt: try row.column(11),
          payload: try row.column(12)))
    }
    return stretch
  }

  private static let noFloor = EventLogError(
    .schema, "event_log_floor has no row: apply EventLogSchema.outbox, which inserts it")
}
