internal import CoreMetrics

/// How the cache does.
///
/// | metric | type | labels |
/// |---|---|---|
/// | `edge_cache_requests_total` | counter | outcome: hit, stale, miss, coalesced, shared, stale_on_error |
/// | `edge_cache_fetches_total` | counter | times that a service was asked |
/// | `edge_cache_changes_total` | counter | source: catalog, pricing |
/// | `edge_cache_work_failures_total` | counter | renewals and sharings that failed |
/// | `edge_cache_bytes`, `edge_cache_entries` | gauge | |
struct CacheMetrics: Sendable {
  let hits = Self.requests("hit")
  /// An old answer, while a new one is fetched.
  let stale = Self.requests("stale")
  let misses = Self.requests("miss")
  /// Those who waited for another one's fetching.
  let coalesced = Self.requests("coalesced")
  /// Found in Redis.
  let shared = Self.requests("shared")
  let staleOnError = Self.requests("stale_on_error")
  let fetches = Counter(label: "edge_cache_fetches_total")
  let failures = Counter(label: "edge_cache_work_failures_total")
  let bytes = Gauge(label: "edge_cache_bytes")
  let entries = Gauge(label: "edge_cache_entries")

  static func changes(_ source: String) -> Counter {
    Counter(label: "edge_cache_changes_total", dimensions: [("source", source)])
  }

  private static func requests(_ outcome: String) -> TalliedCounter {
    TalliedCounter("edge_cache_requests_total", [("outcome", outcome)])
  }
}
