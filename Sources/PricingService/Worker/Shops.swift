package import Logging
package import NIOCore
internal import OutboundHTTP
package import ServiceKit

/// What looks at shops, made from settings.
package struct Shops: Sendable {
  /// By kind of listing.
  package let sources: [String: any PriceSource]
  private let client: OutboundClient

  package static let settings: [Setting] = [
    .string(
      "OUTBOUND_ALLOW", default: "",
      help: "Addresses that pages may have though they are not public, for a market of one's own: 127.0.0.1:7701, or\n"
        + "blocks with all their ports, such as 10.1.0.0/16; none by default."),
    .list("FEEDS", help: "Product feeds by shop: SHOP=URL."),
    .string(
      "SHOP_SELECTORS_FILE",
      help: "A JSON file that says where prices stand on the pages of shops whose pages do not say it themselves."),
    .string("OUTBOUND_CA", help: "A file of CA certificates that shops must be signed by; the system's by default."),
  ]

  /// - Parameter concurrency: of checks in this process.
  package init(_ settings: Settings, concurrency: Int, group: any EventLoopGroup, logger: Logger) throws {
    var configuration = OutboundConfiguration()
    let allowed = settings.optionalString("OUTBOUND_ALLOW") ?? ""
    if !allowed.isEmpty { configuration.addressPolicy = try AddressPolicy(allowing: allowed) }
    configuration.caPath = settings.optionalString("OUTBOUND_CA")
    client = try OutboundClient(configuration: configuration, group: group, logger: logger)
    var polite = PoliteClient.Configuration()
    // Rate and concurrency of a host are the schedule's, which all workers share; here only what one process needs.
    polite.policy.interval = .zero
    polite.policy.concurrency = concurrency
    let shops = PoliteClient(fetcher: client, budget: LocalHostBudget(), configuration: polite)
    var feeds: [String: FeedSource.Feed] = [:]
    for entry in settings.list("FEEDS") {
      let parts = entry.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else {
        throw SettingsError(.configuration, "FEEDS: expected entries such as shop=https://shop.example/feed.xml")
      }
      feeds[String(parts[0])] = FeedSource.Feed(url: String(parts[1]))
    }
    let selectors = try settings.optionalString("SHOP_SELECTORS_FILE").map(Self.selectors) ?? [:]
    sources = [
      "page": PageSource(client: shops, selectors: selectors), "feed": FeedSource(client: shops, feeds: feeds),
    ]
  }

  /// The most bytes of a file of selectors.
  private static let maximumSelectorsBytes = 4 << 20

  private static func selectors(file path: String) throws -> [String: ShopSelectors] {
    do {
      return try ShopSelectors.all(json: Array(try FileText.read(path, limit: maximumSelectorsBytes).utf8))
    } catch {
      throw SettingsError(.configuration, "SHOP_SELECTORS_FILE: \(path): \(error)")
    }
  }

  /// Closes connections. After the last check.
  package func close() async { await client.shutdown() }
}
