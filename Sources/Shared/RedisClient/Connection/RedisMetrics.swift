internal import CoreMetrics
internal import Synchronization

/// What a client reports, by swift-metrics. `server` is the dimension that tells servers apart.
final class RedisMetrics: Sendable {
  /// From writing a command to its reply.
  let latency: Timer
  /// Commands that failed, by reason.
  let timeouts: Counter
  let lost: Counter
  let refused: Counter
  let cancelled: Counter
  /// Commands that the server answered with an error.
  let errors: Counter
  /// Connections that were ready and ended.
  let disconnects: Counter
  /// Attempts to connect that failed.
  let connectFailures: Counter
  /// Connections that are ready now.
  private let connections: Gauge
  private let ready = Atomic<Int>(0)

  init(server: String, factory: any MetricsFactory = MetricsSystem.factory) {
    let dimensions = [("server", server)]
    func failures(_ reason: String) -> Counter {
      Counter(label: "redis_command_failures_total", dimensions: dimensions + [("reason", reason)], factory: factory)
    }
    latency = Timer(label: "redis_command_seconds", dimensions: dimensions, factory: factory)
    timeouts = failures("timeout")
    lost = failures("connection_lost")
    refused = failures("queue_full")
    cancelled = failures("cancelled")
    errors = failures("server_error")
    disconnects = Counter(label: "redis_disconnects_total", dimensions: dimensions, factory: factory)
    connectFailures = Counter(label: "redis_connect_failures_total", dimensions: dimensions, factory: factory)
    connections = Gauge(label: "redis_connections", dimensions: dimensions, factory: factory)
  }

  /// Counts a connection that became ready (1) or ended (-1).
  func connected(_ change: Int) {
    connections.record(ready.wrappingAdd(change, ordering: .relaxed).newValue)
  }
}
