internal import CoreMetrics

/// How live clients do.
///
/// | metric | type | labels |
/// |---|---|---|
/// | `edge_live_clients` | gauge | |
/// | `edge_live_refused_total` | counter | clients for whom there was no place |
/// | `edge_live_dropped_total` | counter | clients that took too little of what they were sent |
/// | `edge_live_sent_total` | counter | events given to clients |
/// | `edge_live_resumed_total` | counter | outcome: kept, asked, reset |
struct LiveMetrics: Sendable {
  let clients = Gauge(label: "edge_live_clients")
  let refused = Counter(label: "edge_live_refused_total")
  let dropped = Counter(label: "edge_live_dropped_total")
  let sent = Counter(label: "edge_live_sent_total")
  /// What was missed was still at hand.
  let kept = Self.resumed("kept")
  /// Pricing was asked for it.
  let asked = Self.resumed("asked")
  /// The client must load anew.
  let reset = Self.resumed("reset")

  private static func resumed(_ outcome: String) -> Counter {
    Counter(label: "edge_live_resumed_total", dimensions: [("outcome", outcome)])
  }
}
