internal import CoreMetrics
internal import MeshMessages

/// What operators watch of the counting of visits.
///
/// | metric | type | labels |
/// |---|---|---|
/// | `edge_analytics_events_total` | counter | kind |
/// | `edge_analytics_dropped_total` | counter | reason: full, flood, late, refused, stopped |
/// | `edge_analytics_waiting` | gauge | events that are not written yet |
struct AnalyticsMetrics: Sendable {
  private static let kinds: [(EdgeV1.EventKind, String)] = [
    (.pageView, "page_view"), (.productView, "product_view"), (.dealClick, "deal_click"),
    (.listingClick, "listing_click"), (.search, "search"), (.share, "share"),
  ]

  private let events: [EdgeV1.EventKind: Counter]
  let waiting = Gauge(label: "edge_analytics_waiting")
  /// No room: the database is away, or slower than what comes.
  let full = Self.dropped("full")
  /// More from one address than people do.
  let flood = Self.dropped("flood")
  /// Waited for longer than is waited for, or by a clock that is wrong.
  let late = Self.dropped("late")
  /// Not taken by the database.
  let refused = Self.dropped("refused")
  /// Not written when the process ended.
  let stopped = Self.dropped("stopped")

  init() {
    events = Dictionary(
      uniqueKeysWithValues: Self.kinds.map { kind, name in
        (kind, Counter(label: "edge_analytics_events_total", dimensions: [("kind", name)]))
      })
  }

  func taken(_ kind: EdgeV1.EventKind) { events[kind]?.increment() }

  private static func dropped(_ reason: String) -> Counter {
    Counter(label: "edge_analytics_dropped_total", dimensions: [("reason", reason)])
  }
}
