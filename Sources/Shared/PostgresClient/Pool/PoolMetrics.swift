internal import Metrics

/// The pool's figures for swift-metrics. Confined to the I/O thread.
struct PoolMetrics {
  private let pool: String
  private let factory: any MetricsFactory
  private let inUse: Gauge
  private let open: Gauge
  private let waiting: Gauge
  private let latency: Timer
  private var errors: [String: Counter] = [:]
  private var last = (inUse: -1, open: -1, waiting: -1)

  /// - Parameter limit: connections at most; beside those in use it tells how near the pool is to its end.
  init(pool: String, limit: Int, factory: any MetricsFactory) {
    self.pool = pool
    self.factory = factory
    let dimensions = [("pool", pool)]
    inUse = Gauge(label: "postgres_connections_in_use", dimensions: dimensions, factory: factory)
    open = Gauge(label: "postgres_connections_open", dimensions: dimensions, factory: factory)
    waiting = Gauge(label: "postgres_statements_waiting", dimensions: dimensions, factory: factory)
    latency = Timer(label: "postgres_statement_duration", dimensions: dimensions, factory: factory)
    Gauge(label: "postgres_connections_limit", dimensions: dimensions, factory: factory).record(limit)
  }

  /// Records what changed.
  mutating func update(inUse: Int, open: Int, waiting: Int) {
    if inUse != last.inUse { self.inUse.record(inUse) }
    if open != last.open { self.open.record(open) }
    if waiting != last.waiting { self.waiting.record(waiting) }
    last = (inUse, open, waiting)
  }

  mutating func recordSuccess(nanoseconds: UInt64) {
    latency.recordNanoseconds(Int64(clamping: nanoseconds))
  }

  /// Counts by SQLSTATE class, or by our own code where the server said nothing.
  mutating func recordFailure(_ error: any Error) {
    let error = error as? PostgresError
    let kind = error?.sqlState?.category ?? error?.code.description ?? "other"
    let counter =
      errors[kind]
      ?? Counter(label: "postgres_errors_total", dimensions: [("pool", pool), ("class", kind)], factory: factory)
    errors[kind] = counter
    counter.increment()
  }
}
