internal import CoreMetrics
internal import EventLog
internal import Logging
internal import PostgresClient
internal import ServiceKit

/// Writes events to the database, many at once.
struct AnalyticsWriter: Sendable {
  let queue: AnalyticsQueue
  let store: AnalyticsStore
  let logger: Logger

  /// For how long those that come together are gathered.
  private static let gathering = Duration.milliseconds(500)

  /// Until the task is cancelled. A batch that is being written then is written to its end.
  ///
  /// - Throws: `PostgresError`, to be started anew: the batch is written then.
  func run() async throws {
    while true {
      let seen = queue.signal.generation
      guard let batch = queue.take() else {
        try await queue.signal.wait(after: seen)
        try await Task.sleep(for: Self.gathering)
        continue
      }
      // It has an owner that waits for it, and does not end with it: half a statement would tell nobody what was written.
      try await Task { try await write(batch) }.value
      try Task.checkCancellation()
      if batch.events.count < AnalyticsQueue.batchSize { try await Task.sleep(for: Self.gathering) }
    }
  }

  /// Writes what is left, once: for the end of the process.
  func flush() async {
    while let batch = queue.take() {
      do {
        try await write(batch)
      } catch {
        let count = queue.abandon()
        queue.metrics.stopped.increment(by: count)
        logger.warning(
          "events were not written before the end",
          metadata: ["count": "\(count)", "error": "\(SafeDescription.of(error))"])
      }
    }
  }

  /// - Throws: `PostgresError` when it may succeed later.
  func write(_ batch: AnalyticsQueue.Batch) async throws {
    do {
      let late = try await store.write(batch)
      if late > 0 { queue.metrics.late.increment(by: late) }
    } catch let error as PostgresError where error.code == .invalidParameter || error.sqlState?.category == "22" {
      // The same would happen each time.
      queue.metrics.refused.increment(by: batch.events.count)
      logger.warning(
        "the database does not take some events",
        metadata: ["count": "\(batch.events.count)", "error": "\(SafeDescription.of(error))"])
    }
    queue.finish()
  }
}
