package import CoreMetrics
package import Logging

/// How a consumer shares its source's partitions with its fellows, and how it comes back after failures.
package struct EventConsumerConfiguration: Sendable {
  /// How long a partition stays with a process that gives no sign of life; after that another takes it.
  package var leaseDuration = Duration.seconds(10)
  /// How long a stream lasts before it is asked for anew. Asking tells the owner how far this consumer has come.
  package var renewalInterval = Duration.seconds(60)
  /// How often the cursors of quiet partitions are moved along with the others.
  package var cursorInterval = Duration.seconds(1)
  /// The wait before the stream is asked for again after a failure: doubles from the first to the second, with jitter.
  package var reconnectBackoff = Duration.milliseconds(50)...Duration.seconds(5)
  /// The wait before events are applied again after a failure, likewise.
  package var applyBackoff = Duration.milliseconds(50)...Duration.seconds(15)
  /// How long the database keeps a transaction of ours that has fallen silent, locks and all.
  package var transactionIdleTimeout = Duration.seconds(30)
  package var logger = Logger(label: "event-consumer")
  /// Where figures go; nil: the process's own.
  package var metrics: (any MetricsFactory)?

  package init() {}

  /// - Throws: `EventLogError` `.invalidArgument`, naming the setting.
  func validate() throws(EventLogError) {
    func require(_ condition: Bool, _ message: String) throws(EventLogError) {
      if !condition { throw EventLogError(.invalidArgument, message) }
    }
    try require(leaseDuration >= .milliseconds(100), "leaseDuration must be at least 100 ms")
    try require(renewalInterval > .zero, "renewalInterval must be positive")
    try require(cursorInterval >= .zero, "cursorInterval must not be negative")
    try require(reconnectBackoff.lowerBound > .zero, "reconnectBackoff must be positive")
    try require(applyBackoff.lowerBound > .zero, "applyBackoff must be positive")
    try require(transactionIdleTimeout >= .milliseconds(1), "transactionIdleTimeout must be at least a millisecond")
  }
}
