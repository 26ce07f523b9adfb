internal import CoreMetrics

/// A consumer's figures for swift-metrics, for each source.
struct ConsumerMetrics: Sendable {
  /// Events applied, and their transactions committed.
  let applied: Counter
  /// Events received again that had been applied already.
  let skipped: Counter
  /// Tries to apply that failed. One that keeps rising with nothing applied is an event that cannot be applied.
  let applyFailures: Counter
  /// 1 while the same events have failed to apply more than once.
  let isStuck: Gauge
  let reconnects: Counter
  let lagEvents: Gauge
  let lagSeconds: Gauge
  let partitions: Gauge

  init(source: String, consumer: String, factory: (any MetricsFactory)?) {
    let factory = factory ?? MetricsSystem.factory
    let dimensions = [("source", source), ("consumer", consumer)]
    applied = Counter(label: "event_consumer_applied_total", dimensions: dimensions, factory: factory)
    skipped = Counter(label: "event_consumer_skipped_total", dimensions: dimensions, factory: factory)
    applyFailures = Counter(label: "event_consumer_apply_failures_total", dimensions: dimensions, factory: factory)
    isStuck = Gauge(label: "event_consumer_stuck", dimensions: dimensions, factory: factory)
    reconnects = Counter(label: "event_consumer_reconnects_total", dimensions: dimensions, factory: factory)
    lagEvents = Gauge(label: "event_consumer_lag_events", dimensions: dimensions, factory: factory)
    lagSeconds = Gauge(
      label: "event_consumer_lag_seconds", dimensions: dimensions, factory: factory)
    partitions = Gauge(
      label: "event_consumer_partitions", dimensions: dimensions, factory: factory)
  }
}
