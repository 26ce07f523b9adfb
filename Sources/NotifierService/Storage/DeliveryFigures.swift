internal import CoreMetrics
internal import PostgresClient

/// Measures what waits to be sent and what was given up, for all processes of the service together.
struct DeliveryFigures: Sendable {
  let pool: PostgresPool
  var interval = Duration.seconds(10)

  /// Until the task is cancelled.
  /// - Throws: `PostgresError`, to be started anew.
  func run() async throws {
    while true {
      try await measure()
      try await Task.sleep(for: interval)
    }
  }

  struct Figures: Sendable {
    var pending: Int64 = 0
    var parked: Int64 = 0
    /// Since the oldest that should have gone out was made, in seconds; 0 without one.
    var oldest = 0.0
  }

  /// Costs as much as there is pending and parked. Index: delivery_state.
  func read() async throws -> (figures: [ChannelKind: Figures], isPaused: Bool) {
    let rows = try await pool.read(
      """
      SELECT kind, count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 3),
        coalesce(extract(epoch FROM clock_timestamp()
          - min(created_at) FILTER (WHERE state = 1 AND due_at <= clock_timestamp())), 0)::double precision
      FROM delivery WHERE state IN (1, 3) GROUP BY kind
      """, from: .primary)
    var figures: [ChannelKind: Figures] = [:]
    for (kind, pending, parked, oldest) in try rows.decode((Int16, Int64, Int64, Double).self) {
      guard let kind = ChannelKind(rawValue: kind) else { continue }
      figures[kind] = Figures(pending: pending, parked: parked, oldest: max(0, oldest))
    }
    let isPaused = try await pool.read("SELECT paused FROM sending", from: .primary).scalar(Bool.self)
    return (figures, isPaused ?? false)
  }

  private func measure() async throws {
    let (figures, isPaused) = try await read()
    for kind in ChannelKind.allCases {
      let found = figures[kind] ?? Figures()
      let dimensions = [("kind", kind.name)]
      Gauge(label: "notifier_deliveries_pending", dimensions: dimensions).record(found.pending)
      Gauge(label: "notifier_deliveries_parked", dimensions: dimensions).record(found.parked)
      Gauge(label: "notifier_deliveries_oldest_seconds", dimensions: dimensions).record(found.oldest)
    }
    Gauge(label: "notifier_sending_paused").record(isPaused ? 1 : 0)
  }
}
