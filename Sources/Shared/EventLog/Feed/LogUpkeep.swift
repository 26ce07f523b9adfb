internal import CoreMetrics
internal import Logging
internal import PostgresClient

/// Makes the log's time partitions ahead of need, drops those that are old and that every subscriber has behind it, and
/// measures the subscribers' lag. One process at a time does; the others find the lock taken.
struct LogUpkeep: Sendable {
  /// How long a statement waits for a lock on the log, with everyone who comes after it waiting behind.
  private static let lockTimeout = "2s"
  /// Partitions made or dropped in one run.
  private static let batch = 64

  private let pool: PostgresPool
  private let names: LogNames
  private let configuration: EventFeedConfiguration
  private let metrics: FeedMetrics

  init(pool: PostgresPool, names: LogNames, configuration: EventFeedConfiguration, metrics: FeedMetrics) {
    self.pool = pool
    self.names = names
    self.configuration = configuration
    self.metrics = metrics
  }

  /// A time partition, by its name: `event_log_<from>_<to>` in seconds since 1970.
  struct Partition: Hashable {
    var from: Int64
    var to: Int64
    var name: String { "event_log_\(from)_\(to)" }

    init(from: Int64, to: Int64) {
      self.from = from
      self.to = to
    }

    init?(name: String) {
      let parts = name.split(separator: "_", omittingEmptySubsequences: false)
      guard parts.count == 4, parts[0] == "event", parts[1] == "log", let from = Int64(parts[2]),
        let to = Int64(parts[3]), from < to
      else { return nil }
      self.init(from: from, to: to)
    }
  }

  /// - Throws: `PostgresError`.
  func run() async throws {
    for partition in try await missing() { try await exclusively { try await make(partition, $0) } }
    for partition in try await old() { try await exclusively { try await drop(partition, $0) } }
    let lags = try await Subscribers(pool: pool, names: names).lags(expiry: configuration.subscriberExpiry)
    for lag in lags { metrics.recordLag(of: lag.name, events: lag.events, seconds: lag.seconds) }
  }

  private func exclusively(_ body: (PostgresTransaction) async throws -> Void) async throws {
    try await pool.withTransaction { transaction in
      guard try await transaction.tryAdvisoryLock(names.lockKey("upkeep")) else { return }
      try await transaction.execute("SET LOCAL lock_timeout = '\(Self.lockTimeout)'")
      try await body(transaction)
    }
  }

  // MARK: What is there

  private func existing() async throws -> [Partition] {
    let rows = try await pool.read(
      """
      SELECT c.relname::text FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
      WHERE i.inhparent = $1::regclass
      """, [names.log], from: .primary)
    return try rows.scalars(String.self).compactMap { Partition(name: $0) }
  }

  private var interval: Int64 { configuration.partitionInterval.components.seconds }

  private func now() async throws -> Double {
    try await pool.read("SELECT extract(epoch FROM clock_timestamp())::float8", from: .primary).scalar() ?? 0
  }

  /// Those for the time ahead, and for rows that came when there was none.
  private func missing() async throws -> [Partition] {
    let existing = try await existing()
    let strays = try await pool.read(
      """
      SELECT DISTINCT floor(extract(epoch FROM occurred_at) / $1)::bigint FROM \(names.overflow) LIMIT \(Self.batch)
      """, [Double(interval)], from: .primary
    ).scalars(Int64.self)
    let current = Int64(try await now()) / interval
    let wanted = Set(strays).union(current...(current + Int64(configuration.partitionsAhead)))
    return wanted.sorted().compactMap { number in
      let partition = Partition(from: number * interval, to: (number + 1) * interval)
      return free(partition, existing)
    }
  }

  /// What of `partition` no other covers: all of it, unless the interval was changed.
  private func free(_ partition: Partition, _ existing: [Partition]) -> Partition? {
    var free = partition
    for other in existing.sorted(by: { $0.from < $1.from }) where other.from < free.to && free.from < other.to {
      if other.from <= free.from { free.from = other.to } else { free.to = other.from }
      if free.from >= free.to { return nil }
    }
    return free
  }

  private func old() async throws -> [Partition] {
    let limit = Int64(try await now() - configuration.retention.seconds)
    return try await existing().filter { $0.to <= limit }.sorted { $0.from < $1.from }.prefix(Self.batch).map { $0 }
  }

  // MARK: Changes

  /// The table is made on its own and then attached, which stops no reader; CREATE … PARTITION OF would. Only where rows
  /// are moved readers wait as well: a statement that was planned while there was no such table, and waits for the
  /// overflow, would look for them where they no longer are.
  private func make(_ partition: Partition, _ transaction: PostgresTransaction) async throws {
    let table = names.table(partition.name)
    let exists = try await transaction.query("SELECT to_regclass($1) IS NOT NULL", [table]).scalar(Bool.self)
    if exists == true { return }
    let (from, to) = ("to_timestamp(\(partition.from))", "to_timestamp(\(partition.to))")
    let strays = "SELECT EXISTS (SELECT FROM \(names.overflow) WHERE occurred_at >= \(from) AND occurred_at < \(to))"
    let waits = "LOCK TABLE ONLY \(names.log) IN ACCESS EXCLUSIVE MODE"
    if try await transaction.query(strays).scalar(Bool.self) == true {
      try await transaction.execute(waits)
    } else {
      // Writers wait before they choose a partition: one that had chosen the default and waited there would find its
      // row refused once the range is taken out of it (SQLSTATE 23514).
      try await transaction.execute("LOCK TABLE ONLY \(names.log) IN SHARE ROW EXCLUSIVE MODE")
      // One that came before may have left a row meanwhile.
      if try await transaction.query(strays).scalar(Bool.self) == true { try await transaction.execute(waits) }
    }
    try await transaction.execute("LOCK TABLE \(names.overflow) IN ACCESS EXCLUSIVE MODE")
    try await transaction.execute("CREATE TABLE \(table) (LIKE \(names.log) INCLUDING ALL)")
    try await transaction.execute(
      """
      WITH moved AS (
        DELETE FROM \(names.overflow) WHERE occurred_at >= \(from) AND occurred_at < \(to) RETURNING *
      )
      INSERT INTO \(table) SELECT * FROM moved
      """)
    try await transaction.execute(
      "ALTER TABLE \(names.log) ATTACH PARTITION \(table) FOR VALUES FROM (\(from)) TO (\(to))")
    configuration.logger.debug("made a partition of the event log", metadata: ["partition": "\(partition.name)"])
  }

  /// The floor rises in the transaction that drops, so that a reader sees either the events or that they are gone.
  private func drop(_ partition: Partition, _ transaction: PostgresTransaction) async throws {
    let table = names.table(partition.name)
    let exists = try await transaction.query("SELECT to_regclass($1) IS NOT NULL", [table]).scalar(Bool.self)
    guard exists == true else { return }
    if try await end(of: table, transaction).isNeeded {
      return configuration.logger.warning(
        "a partition of the event log is past its time, but a subscriber has not come that far",
        metadata: ["log": "\(names.schema)", "partition": "\(partition.name)"])
    }
    // The log before its part, as everyone takes them; and no writer is in it when the end is looked up.
    try await transaction.execute("LOCK TABLE ONLY \(names.log) IN ACCESS EXCLUSIVE MODE")
    try await transaction.execute("LOCK TABLE \(table) IN ACCESS EXCLUSIVE MODE")
    let (last, isNeeded) = try await end(of: table, transaction)
    guard !isNeeded else { return }
    if let last {
      try await transaction.execute(
        """
        UPDATE \(names.floor) SET transaction = $1::xid8, sequence = $2
        WHERE (transaction, sequence) < ($1::xid8, $2::bigint)
        """, [String(last.transaction), last.sequence])
    }
    try await transaction.execute("DROP TABLE \(table)")
    metrics.droppedPartitions.increment()
    configuration.logger.info(
      "dropped a partition of the event log", metadata: ["log": "\(names.schema)", "partition": "\(partition.name)"])
  }

  /// The partition's last event, nil when it has none, and whether a subscriber has not stored that yet.
  private func end(
    of table: String, _ transaction: PostgresTransaction
  ) async throws -> (last: EventPosition?, isNeeded: Bool) {
    let rows = try await transaction.query(
      """
      SELECT last.transaction, last.sequence, EXISTS (
        SELECT FROM \(names.subscribers) AS s
        WHERE (s.transaction, s.sequence) < (last.transaction, last.sequence)
          AND s.asked_at > clock_timestamp() - $1 * interval '1 second')
      FROM (SELECT transaction, sequence FROM \(table) ORDER BY transaction DESC, sequence DESC LIMIT 1) AS last
      """, [configuration.subscriberExpiry.seconds])
    guard let row = rows.first else { return (nil, false) }
    let (last, sequence, isNeeded) = try row.decode((UInt64, Int64, Bool).self)
    return (EventPosition(transaction: last, sequence: sequence), isNeeded)
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
