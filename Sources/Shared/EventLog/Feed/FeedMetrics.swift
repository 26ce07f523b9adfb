internal import CoreMetrics

/// The owner's figures for swift-metrics.
struct FeedMetrics: Sendable {
  let sent: Counter
  let streams: Gauge
  let maintenanceFailures: Counter
  let droppedPartitions: Counter
  private let log: String
  private let factory: any MetricsFactory

  init(log: String, factory: (any MetricsFactory)?) {
    let factory = factory ?? MetricsSystem.factory
    let dimensions = [("log", log)]
    sent = Counter(label: "event_log_sent_total", dimensions: dimensions, factory: factory)
    streams = Gauge(label: "event_log_streams", dimensions: dimensions, factory: factory)
    maintenanceFailures = Counter(
      label: "event_log_maintenance_failures_total", dimensions: dimensions, factory: factory)
    droppedPartitions = Counter(label: "event_log_dropped_partitions_total", dimensions: dimensions, factory: factory)
    self.log = log
    self.factory = factory
  }

  /// How far a subscriber's stored position is behind the log's newest event.
  func recordLag(of subscriber: String, events: Int64, seconds: Double) {
    let dimensions = [("log", log), ("subscriber", subscriber)]
    Gauge(label: "event_log_subscriber_lag_events", dimensions: dimensions, factory: factory)
      .record(events)
    Gauge(label: "event_log_subscriber_lag_seconds", dimensions: dimensions, factory: factory)
      .record(seconds)
  }
}
