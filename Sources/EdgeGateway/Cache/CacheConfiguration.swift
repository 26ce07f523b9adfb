internal import HTTPTypes
package import ServiceKit

/// How long answers are kept, and how many. Times are milliseconds.
package struct CacheConfiguration: Sendable {
  package var isEnabled = true
  /// How long what the catalog says stays fresh.
  package var products: Int64 = 60_000
  /// How long deals stay fresh.
  package var deals: Int64 = 30_000
  /// How long an old answer is given while a new one is fetched.
  package var revalidation: Int64 = 10_000
  /// How long an old answer is given when there is no new one to be had.
  package var onError: Int64 = 300_000
  /// Bytes and answers in this process.
  package var maximumBytes = 32 << 20
  package var maximumEntries = 10_000

  package init() {}

  package init(_ settings: Settings) {
    isEnabled = settings.bool("CACHE")
    products = Self.milliseconds(settings.duration("CACHE_PRODUCTS"))
    deals = Self.milliseconds(settings.duration("CACHE_DEALS"))
    revalidation = Self.milliseconds(settings.duration("CACHE_STALE_WHILE_REVALIDATE"))
    onError = Self.milliseconds(settings.duration("CACHE_STALE_IF_ERROR"))
    maximumBytes = settings.int("CACHE_MEMORY_MIB") << 20
    maximumEntries = settings.int("CACHE_ENTRIES")
  }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
  }

  /// How long an answer of a route stays fresh; nil for routes whose answers are not kept.
  func lifetime(of route: Route) -> Int64? {
    guard route.method == .get, route.access == .anyone else { return nil }
    switch route.freshness {
    case .publicSeconds, .immutable: return route.tag == "deals" || route.shows == .deals ? deals : products
    case .none, .privateRevalidated: return nil
    }
  }

  package static let settings: [Setting] = [
    .boolean(
      "CACHE", default: true, help: "Whether answers that everyone gets alike are kept. Off: each asks a service."),
    .duration(
      "CACHE_PRODUCTS", default: .seconds(60), in: .milliseconds(100)...(.seconds(3600)),
      help: "How long products, lists, prices and pages stay fresh. A change that is told empties them at once."),
    .duration(
      "CACHE_DEALS", default: .seconds(30), in: .milliseconds(100)...(.seconds(3600)),
      help: "The same for deals."),
    .duration(
      "CACHE_STALE_WHILE_REVALIDATE", default: .seconds(10), in: .zero...(.seconds(3600)),
      help: "How long beyond that an answer is still given while a new one is fetched."),
    .duration(
      "CACHE_STALE_IF_ERROR", default: .seconds(300), in: .zero...(.seconds(86_400)),
      help: "How long beyond that an answer is still given when the services that know better are away."),
    .integer("CACHE_MEMORY_MIB", default: 32, in: 1...16_384, help: "Memory for answers in this process, in MiB."),
    .integer("CACHE_ENTRIES", default: 10_000, in: 16...1_000_000, help: "Answers in this process at most."),
  ]
}
