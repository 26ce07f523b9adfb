internal import CoreMetrics
internal import Logging
package import PostgresClient
internal import Synchronization

/// A log as its owner offers it: streams for subscribers, and the upkeep of the log's partitions.
///
/// All owners' processes may run it at the same time. Streams read from the primary.
package final class EventFeed: Sendable {
  package let configuration: EventFeedConfiguration
  let pool: PostgresPool
  let names: LogNames
  let metrics: FeedMetrics
  private let news = WakeSignal()
  private let recent: RecentStretches
  private let streamCount = Atomic<Int>(0)
  /// The process is about to end: streams, which have no end of their own, must not hold up its servers' drain.
  private let isClosing = Atomic<Bool>(false)

  /// - Parameter schema: where `EventLogSchema.outbox` was applied.
  /// - Throws: `EventLogError` `.invalidArgument` when a setting cannot be used.
  package init(
    pool: PostgresPool, schema: String, configuration: EventFeedConfiguration = EventFeedConfiguration()
  ) throws(EventLogError) {
    try configuration.validate()
    self.pool = pool
    self.configuration = configuration
    names = LogNames(schema: schema)
    recent = RecentStretches(maximumBytes: configuration.sharedBytes)
    metrics = FeedMetrics(log: schema, factory: configuration.metrics)
  }

  /// Listens for notifications, makes and drops partitions, measures lag; until the task is cancelled: then the streams
  /// end, too. Streams work without it, by polling.
  /// - Throws: `CancellationError`; `PostgresError` when the server refuses to listen or the pool is closed.
  package func run() async throws {
    isClosing.store(false, ordering: .relaxed)
    try await withTaskCancellationHandler {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await self.listen() }
        group.addTask { try await self.maintain() }
        try await group.waitForAll()
      }
    } onCancel: {
      isClosing.store(true, ordering: .relaxed)
      news.wake()
    }
  }

  private func listen() async throws {
    for try await _ in try pool.listen(names.channel) { news.wake() }
    try Task.checkCancellation()
  }

  private func maintain() async throws {
    let upkeep = LogUpkeep(pool: pool, names: names, configuration: configuration, metrics: metrics)
    while true {
      do {
        try await upkeep.run()
      } catch {
        try Task.checkCancellation()
        metrics.maintenanceFailures.increment()
        configuration.logger.error(
          "the event log's upkeep failed and will be tried again",
          metadata: ["log": "\(names.schema)", "error": "\(error)"])
      }
      try await Task.sleep(for: configuration.maintenanceInterval)
    }
  }

  // MARK: Streams

  /// Sends the events after a position, first those there are, then those that come; until the task is cancelled or
  /// `send` throws. The next stretch is read when `send` has returned.
  /// - Parameters:
  ///   - after: a position that a stream of this log gave out, or `.start` for the oldest event that is kept.
  ///   - partitions: 0 to 63; empty: all.
  ///   - maxBatchSize: 1 to 1000.
  ///   - send: takes events and the horizon: everything in these partitions up to it has been sent. Events may be none.
  /// - Throws: `EventLogError` `.positionDropped`, `.positionUnknown`, `.invalidArgument`, `.closing`; `PostgresError`;
  ///   what `send` throws.
  package func stream(
    after: EventPosition, partitions: Set<Int> = [], maxBatchSize: Int = 500,
    _ send: ([StoredEvent], EventPosition) async throws -> Void
  ) async throws {
    try await batches(after: after, partitions: partitions, maxBatchSize: maxBatchSize) { batch in
      try await send(batch.events, batch.horizon)
    }
  }

  /// As `stream`, with what a subscriber over the network needs besides.
  /// - Parameter subscriber: whose position `after` is, 1 to 64 of `a-z0-9-_.`. It is recorded, and nothing behind it is
  ///   dropped before the subscriber asks after a later one. Nil: nothing waits for this reader.
  package func batches(
    after: EventPosition, partitions: Set<Int> = [], maxBatchSize: Int = 500, subscriber: String? = nil,
    _ send: (FeedBatch) async throws -> Void
  ) async throws {
    let partitions = partitions.isEmpty ? EventPartition.all : partitions
    try Self.validate(after: after, partitions, maxBatchSize: maxBatchSize, subscriber: subscriber)
    metrics.streams.record(streamCount.add(1, ordering: .relaxed).newValue)
    defer { metrics.streams.record(streamCount.subtract(1, ordering: .relaxed).newValue) }
    // Streams of all partitions share what they read, whatever their batches are.
    let isShared = partitions.count == EventPartition.count
    let reader = FeedReader(
      pool: pool, names: names, partitions: partitions, maxBatchSize: isShared ? RecentStretches.limit : maxBatchSize,
      configuration: configuration)
    if let subscriber {
      // Recorded first: what is there when the check looks is then held until the next request.
      try await Subscribers(pool: pool, names: names).record(subscriber, partitions, at: after)
    }
    var position = try await reader.check(after)
    var pace = StreamPace(configuration)
    while true {
      let seen = news.generation
      let stretch =
        isShared
        ? try await recent.stretch(after: position, generation: seen) { try await reader.read(after: position) }
        : try await reader.read(after: position)
      position = stretch.end
      let batches = BatchCutter.cut(
        stretch.events, end: stretch.end, backlog: stretch.backlog, maximumCount: maxBatchSize,
        maximumBytes: configuration.maximumBatchBytes)
      for batch in batches {
        try await send(batch)
        metrics.sent.increment(by: batch.events.count)
        pace.sent(batch.horizon)
      }
      if batches.isEmpty, pace.isDue(position) {
        try await send(FeedBatch(events: [], horizon: position, backlog: stretch.backlog))
        pace.sent(position)
      }
      try Task.checkCancellation()
      if isClosing.load(ordering: .relaxed) {
        throw EventLogError(.closing, "this process is ending: ask another one, or again in a moment")
      }
      if stretch.hasMore { continue }
      try await news.wait(after: seen, timeout: pace.pause(hasHeldBack: stretch.hasHeldBack))
    }
  }

  /// The position of the log's newest event that can be read: where a reader begins that wants only what comes.
  /// - Throws: `PostgresError`.
  package func head() async throws -> EventPosition {
    let rows = try await pool.read(
      """
      (SELECT transaction, sequence FROM \(names.log) WHERE transaction < pg_snapshot_xmin(pg_current_snapshot())
       ORDER BY transaction DESC, sequence DESC LIMIT 1)
      UNION ALL SELECT transaction, sequence FROM \(names.floor)
      """, from: .primary)
    return try rows.decode((UInt64, Int64).self).map { EventPosition(transaction: $0.0, sequence: $0.1) }.max()
      ?? .start
  }

  /// Whether a subscriber may call itself so: 1 to 64 of `a-z0-9-_.`.
  package static func isSubscriberName(_ name: String) -> Bool { Subscribers.isName(name) }

  private static func validate(
    after: EventPosition, _ partitions: Set<Int>, maxBatchSize: Int, subscriber: String?
  ) throws(EventLogError) {
    guard after.sequence >= 0, after.transaction <= UInt64(Int64.max) else {
      throw EventLogError(
        .invalidArgument, "after: a position has a sequence of 0 or more and a transaction below 2^63")
    }
    guard partitions.allSatisfy({ EventPartition.all.contains($0) }) else {
      throw EventLogError(.invalidArgument, "partitions: each is 0 to \(EventPartition.count - 1)")
    }
    guard (1...1000).contains(maxBatchSize) else {
      throw EventLogError(.invalidArgument, "max_batch_size: \(maxBatchSize) is not in 1 to 1000")
    }
    if let subscriber, !Subscribers.isName(subscriber) {
      throw EventLogError(.invalidArgument, "subscriber: a name has 1 to 64 of a-z, 0-9, '-', '_', '.'")
    }
  }
}
