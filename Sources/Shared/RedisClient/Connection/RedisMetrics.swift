internal import CoreMetrics

/// What a client reports, by swift-metrics. `server` is the dimension that tells servers apart.
struct RedisMetrics: Sendable {
  /// From writing a command to its reply.
  let latency: Timer
  /// Commands that ended without a reply, by reason.
  let timeouts: Counter
  let lost: Counter
  let refused: Counter
  let cancelled: Counter
  /// Connections that were ready and ended.
  let disconnects: Counter
  /// Attempts to connect that failed.
  let connectFailures: Counter

  init(server: String) {
    let dimensions = [("server", server)]
    func failures(_ reason: String) -> Counter {
      Counter(label: "redis_command_failures_total", dimensions: dimensions + [("reason", reason)])
    }
    latency = Timer(label: "redis_command_seconds", dimensions: dimensions)
    timeouts = failures("timeout")
    lost = failures("connection_lost")
    refused = failures("queue_full")
    cancelled = failures("cancelled")
    disconnects = Counter(label: "redis_disconnects_total", dimensions: dimensions)
    connectFailures = Counter(label: "redis_connect_failures_total", dimensions: dimensions)
  }
}
