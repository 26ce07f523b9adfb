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
  /// Nil: all.
  private let partitions: [Int16]?
  private let maximumBytes: Int
  private let statement: String
  private let existence: String

  /// - Parameter partitions: of those asked for; all: rows are not looked at for them.
  init(
    pool: PostgresPool, names: LogNames, partitions: Set<Int>, maxBatchSize: Int,
    configuration: EventFeedConfiguration
  ) {
    self.pool = pool
    let isFiltered = partitions.count < EventPartition.count
    self.partitions = isFiltered ? partitions.sorted().map { Int16($0) } : nil
    maximumBytes = configuration.maximumBatchBytes
    var limit = maxBatchSize
    if isFiltered {
      // A stream of few partitions looks at more rows at a time. A power of two: each limit is a statement of its own.
      let wanted = maxBatchSize * EventPartition.count / max(1, partitions.count)
      limit = min(Self.maximumScan, Self.powerOfTwo(from: max(maxBatchSize, wanted)))
    }
    statement = Self.statement(
      names, limit: limit, isFiltered: isFiltered, ignoresRunning: configuration.ignoresRunningTransactions)
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

  /// One row about the stretch, with `head`, and the rows of events.
  ///
  /// The limit stands in the text, not in a parameter: only then does the planner know, whatever its statistics say,
  /// that a few rows from the front of each partition's index on (transaction, sequence) are all that is wanted. Where
  /// their bytes are too many to be sent is worked out only when they are.
  static func statement(_ names: LogNames, limit: Int, isFiltered: Bool, ignoresRunning: Bool) -> String {
    let rule =
      ignoresRunning
      ? "true" : "transaction < pg_snapshot_xmin(pg_current_snapshot())"
    let isAskedFor = isFiltered ? "partition = ANY ($4::smallint[])" : "true"
    return """
      WITH scanned AS MATERIALIZED (
        SELECT transaction, sequence, partition, occurred_at, payload
        FROM \(names.log)
        WHERE (transaction, sequence) > ($1::xid8, $2::bigint) AND \(rule)
        ORDER BY transaction, sequence
        LIMIT \(limit)
      ), total AS MATERIALIZED (
        SELECT count(*) AS count, coalesce(sum(octet_length(payload)), 0) AS bytes FROM scanned
      ), cut AS MATERIALIZED (
        SELECT transaction, sequence
        FROM (
          SELECT transaction, sequence,
            sum(CASE WHEN \(isAskedFor) THEN octet_length(payload) ELSE 0 END)
              OVER (ORDER BY transaction, sequence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
          FROM scanned
        ) AS measured
        WHERE (SELECT bytes FROM total) > $3::bigint AND bytes_before >= $3::bigint
        ORDER BY transaction, sequence LIMIT 1
      ), kept AS (
        SELECT s.* FROM scanned AS s
        CROSS JOIN (SELECT (SELECT transaction FROM cut), (SELECT sequence FROM cut)) AS c (transaction, sequence)
        WHERE coalesce((s.transaction, s.sequence) < (c.transaction, c.sequence), true)
      )
      SELECT NULL::xid8, NULL::bigint, NULL::smallint, NULL::timestamptz, NULL::bytea,
        ARRAY[
          f.transaction::text::bigint, f.sequence,
          ((SELECT count FROM total) = \(limit) OR EXISTS (SELECT FROM cut))::integer,
          last.transaction::text::bigint, last.sequence, newest.transaction::text::bigint, newest.sequence,
          pg_snapshot_xmin(pg_current_snapshot())::text::bigint] AS head
      FROM \(names.floor) AS f
      LEFT JOIN LATERAL (
        SELECT transaction, sequence FROM kept ORDER BY transaction DESC, sequence DESC LIMIT 1) AS last ON true
      LEFT JOIN LATERAL (
        SELECT transaction, sequence FROM \(names.log) ORDER BY transaction DESC, sequence DESC LIMIT 1) AS newest ON true
      UNION ALL
      SELECT transaction, sequence, partition, occurred_at, payload, NULL FROM kept WHERE \(isAskedFor)
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
    var values: [any PostgresEncodable] = [String(position.transaction), position.sequence, maximumBytes]
    if let partitions { values.append(partitions) }
    let rows = try await pool.read(statement, values, from: .primary)
    var head: Head?
    var events: [StoredEvent] = []
    events.reserveCapacity(max(0, rows.count - 1))
    for row in rows {
      if let numbers = try row.column(5, as: [Int64?]?.self) {
        head = Head(numbers)
        continue
      }
      events.append(
        StoredEvent(
          position: EventPosition(transaction: try row.column(0), sequence: try row.column(1)),
          partition: Int(try row.column(2, as: Int16.self)), occurredAt: try row.column(3),
          payload: try row.column(4)))
    }
    guard let head else { throw Self.noFloor }
    if position < head.floor { throw EventLogError.dropped(position, floor: head.floor) }
    // They come in order, as they were scanned; the statement does not promise it.
    if !zip(events, events.dropFirst()).allSatisfy({ $0.position < $1.position }) {
      events.sort { $0.position < $1.position }
    }
    let end = head.last ?? position
    return Stretch(
      events: events, end: end, hasMore: head.hasMore,
      hasHeldBack: head.newest.map { $0.transaction >= head.lowestRunning } ?? false,
      backlog: head.newest.map { max(0, $0.sequence - end.sequence) } ?? 0)
  }

  /// What a statement tells of its stretch.
  private struct Head {
    let floor: EventPosition
    let hasMore: Bool
    let last: EventPosition?
    let newest: EventPosition?
    let lowestRunning: UInt64

    /// Nil when the numbers are not what the statement gives.
    init?(_ numbers: [Int64?]) {
      func position(_ index: Int) -> EventPosition? {
        guard let transaction = numbers[index].flatMap({ UInt64(exactly: $0) }), let sequence = numbers[index + 1]
        else {
          return nil
        }
        return EventPosition(transaction: transaction, sequence: sequence)
      }
      guard numbers.count == 8, let floor = position(0), let hasMore = numbers[2],
        let lowest = numbers[7].flatMap({ UInt64(exactly: $0) })
      else { return nil }
      self.floor = floor
      self.hasMore = hasMore != 0
      last = position(3)
      newest = position(5)
      lowestRunning = lowest
    }
  }

  private static let noFloor = EventLogError(
    .schema, "event_log_floor has no row: apply EventLogSchema.outbox, which inserts it")
}
