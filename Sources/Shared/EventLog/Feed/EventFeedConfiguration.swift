package import CoreMetrics
package import Logging

/// How a log is read and kept.
package struct EventFeedConfiguration: Sendable {
  /// How long a stream that has sent all there is waits when no notification comes.
  package var pollInterval = Duration.seconds(1)
  /// How long a stream is silent before it sends its horizon as a sign of life.
  package var heartbeatInterval = Duration.seconds(10)
  /// Bytes of payload in one batch; a single event may exceed it.
  package var maximumBatchBytes = 1 << 20
  /// Bytes of events, about, that are kept for streams that follow at the same time.
  package var sharedBytes = 4 << 20
  /// What span of time one partition of the log holds. Few partitions keep reading fast.
  package var partitionInterval = Duration.seconds(86_400)
  /// How many future partitions there are always.
  package var partitionsAhead = 3
  /// How long events are kept at least.
  package var retention = Duration.seconds(7 * 86_400)
  /// How long a subscriber that does not ask any more holds back what it has not seen. After that it is dropped, and
  /// the subscriber gets an error should it come back.
  package var subscriberExpiry = Duration.seconds(30 * 86_400)
  /// How often partitions are made and dropped and the subscribers' lag is measured.
  package var maintenanceInterval = Duration.seconds(15)
  package var logger = Logger(label: "event-log")
  /// Where figures go; nil: the process's own.
  package var metrics: (any MetricsFactory)?

  /// For the test that shows what the rule is for: rows are read as soon as they are visible.
  var ignoresRunningTransactions = false

  package init() {}

  /// - Throws: `EventLogError` `.invalidArgument`, naming the setting.
  func validate() throws(EventLogError) {
    func require(_ condition: Bool, _ message: String) throws(EventLogError) {
      if !condition { throw EventLogError(.invalidArgument, message) }
    }
    try require(pollInterval > .zero, "pollInterval must be positive")
    try require(heartbeatInterval > .zero, "heartbeatInterval must be positive")
    try require(maximumBatchBytes > 0, "maximumBatchBytes must be at least 1")
    try require(sharedBytes >= 0, "sharedBytes must not be negative")
    try require(partitionInterval >= .seconds(1), "partitionInterval must be at least a second")
    try require((1...100).contains(partitionsAhead), "partitionsAhead must be 1 to 100")
    try require(retention > .zero, "retention must be positive")
    try require(subscriberExpiry >= retention, "subscriberExpiry must be at least the retention")
    try require(maintenanceInterval > .zero, "maintenanceInterval must be positive")
  }
}
