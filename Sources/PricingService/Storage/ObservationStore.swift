internal import MeshMessages
package import PostgresClient

/// Keeps observations: each batch is one transaction with all that follows from it (history, state, deals, events).
package struct ObservationStore: Sendable {
  let database: PricingDatabase

  package init(_ database: PricingDatabase) {
    self.database = database
  }

  /// Keeps a batch. May be repeated: what is known already changes nothing.
  /// - Parameters:
  ///   - source: who saw them, for the record.
  ///   - now: the service's clock, for what lies too far ahead and for what has ended by itself.
  /// - Throws: `PostgresError`; nothing of the batch is kept then.
  package func record(_ arrivals: [Arrival], source: String, now: Moment = .now()) async throws -> RecordResult {
    try await database.partitions.ensure(ObservationBatch(arrivals, now: now).months)
    let parts = Self.parts(of: arrivals)
    do {
      // A lock on each state costs as much as writing it; writers of the same listings at the same time are rare.
      return try await database.pool.withTransaction { transaction in
        try await record(parts, of: arrivals, source: source, now: now, in: transaction)
      }
    } catch let error where Self.isCollision(error) {
      // All at once: their locks are taken in one order.
      let batch = ObservationBatch(arrivals, now: now)
      return try await database.pool.withTransaction(retries: .serializationFailures) { transaction in
        try await record(batch, source: source, locking: true, in: transaction)
      }
    }
  }

  /// Observations that are worked on at a time. More cost memory, a kilobyte or two each, and save nothing.
  static let partSize = 2000

  /// Places of the arrivals in parts of about `partSize`. What is about one listing stays together, in order.
  static func parts(of arrivals: [Arrival]) -> [[Int]] {
    guard arrivals.count > partSize else { return arrivals.isEmpty ? [] : [Array(arrivals.indices)] }
    var indices: [Arrival.Target: Int] = [:]
    indices.reserveCapacity(arrivals.count)
    var groups: [Int] = []
    groups.reserveCapacity(arrivals.count)
    for arrival in arrivals {
      let next = indices.count
      groups.append(indices[arrival.target, default: next])
      if groups[groups.count - 1] == next { indices[arrival.target] = next }
    }
    return parts(of: groups, count: indices.count)
  }

  /// - Parameters:
  ///   - groups: the number of each arrival's listing, in the order in which they first appear.
  ///   - count: of listings.
  private static func parts(of groups: [Int], count: Int) -> [[Int]] {
    var sizes = [Int](repeating: 0, count: count)
    for group in groups { sizes[group] += 1 }
    // The part of each listing.
    var parts: [[Int]] = [[]]
    var filled = 0
    var partOf = [Int](repeating: 0, count: count)
    for group in 0..<count {
      if filled > 0, filled + sizes[group] > partSize {
        parts.append([])
        filled = 0
      }
      filled += sizes[group]
      partOf[group] = parts.count - 1
    }
    for (place, group) in groups.enumerated() { parts[partOf[group]].append(place) }
    return parts
  }

  /// Somebody else wrote a state that this batch had read.
  struct StaleState: Error {}

  private static func isCollision(_ error: any Error) -> Bool {
    error is StaleState || (error as? PostgresError)?.isRetryableTransactionFailure == true
  }

  /// As `record`, within a transaction that does more. The months of the observations must have been made before.
  package func record(
    _ arrivals: [Arrival], source: String, now: Moment, in transaction: PostgresTransaction
  ) async throws -> RecordResult {
    try await record(ObservationBatch(arrivals, now: now), source: source, locking: true, in: transaction)
  }

  /// Part by part; each is worked out while the one before is being written. Where two parts name one listing, once by its
  /// id and once by its key, the second has read what the first replaces: `StaleState`.
  private func record(
    _ parts: [[Int]], of arrivals: [Arrival], source: String, now: Moment, in transaction: PostgresTransaction
  ) async throws -> RecordResult {
    var result = RecordResult()
    guard let first = parts.first else { return result }
    var batch = try await workOut(
      ObservationBatch(first.map { arrivals[$0] }, now: now), locking: false, in: transaction)
    for (part, next) in zip(parts, parts.dropFirst()) {
      let following = ObservationBatch(next.map { arrivals[$0] }, now: now)
      async let workedOut = workOut(following, locking: false, in: transaction)
      try await write(batch, source: source, transaction)
      result.add(batch.result, places: part)
      batch = try await workedOut
    }
    try await write(batch, source: source, transaction)
    result.add(batch.result, places: parts[parts.count - 1])
    return result
  }

  private func record(
    _ initial: ObservationBatch, source: String, locking: Bool, in transaction: PostgresTransaction
  ) async throws -> RecordResult {
    guard !initial.arrivals.isEmpty else { return RecordResult() }
    let batch = try await workOut(initial, locking: locking, in: transaction)
    try await write(batch, source: source, transaction)
    return batch.result
  }

  /// Reads what is known of the batch's listings and decides what becomes of them; takes ids for new deals, writes nothing.
  private func workOut(
    _ initial: ObservationBatch, locking: Bool, in transaction: PostgresTransaction
  ) async throws -> ObservationBatch {
    var batch = initial
    try await readStates(&batch, locking: locking, transaction)
    await Self.offLoop(&batch) { $0.distribute() }
    try await loadKnown(&batch, transaction)
    await Self.offLoop(&batch) { $0.works.updateAll { $0.settle() } }
    try await loadRecords(&batch, transaction)
    try await loadHistory(&batch, transaction)
    let rulebook = database.rulebook
    await Self.offLoop(&batch) { $0.run(rulebook) }
    try await assignDealIDs(&batch, transaction)
    await Self.offLoop(&batch) { batch in
      let now = batch.now
      batch.works.updateAll { $0.project(to: now) }
      batch.count()
    }
    return batch
  }

  /// Computes on the shared pool, so that a large batch does not hold up a connection's event loop.
  static func offLoop<Value: Sendable>(_ value: inout Value, _ body: @Sendable (inout Value) -> Void) async {
    await withTaskExecutorPreference(globalConcurrentExecutor) {
      await compute(&value, body)
    }
  }

  @concurrent
  private static func compute<Value: Sendable>(
    _ value: inout Value, _ body: @Sendable (inout Value) -> Void
  ) async {
    body(&value)
  }
}
