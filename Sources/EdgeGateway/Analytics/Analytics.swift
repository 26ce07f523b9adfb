internal import HTTPTypes
internal import Logging
internal import MeshMessages
internal import PostgresClient
internal import ServiceKit

/// The counting of visits: what routes tell it, and what goes on beside them.
package struct Analytics: Sendable {
  let queue: AnalyticsQueue
  let reports: AnalyticsReports
  private let settings: AnalyticsSettings
  private let writer: AnalyticsWriter
  private let upkeep: AnalyticsUpkeep
  private let clock: @Sendable () -> Timestamp

  init(
    pool: PostgresPool, settings: AnalyticsSettings = AnalyticsSettings(), queue: AnalyticsQueue = AnalyticsQueue(),
    logger: Logger, clock: @escaping @Sendable () -> Timestamp = { .now() }
  ) {
    self.queue = queue
    self.settings = settings
    self.clock = clock
    reports = AnalyticsReports(pool: pool)
    writer = AnalyticsWriter(queue: queue, store: AnalyticsStore(pool: pool, clock: clock), logger: logger)
    upkeep = AnalyticsUpkeep(pool: pool, settings: settings, clock: clock)
  }

  func now() -> Timestamp { clock() }

  /// Takes events, unless the one whose they are does not want that. Never waits, and never fails.
  func record(_ events: [AnalyticsEvent], of request: GatewayRequest) {
    guard settings.isOn, !TrackingWish.isRefused(request.head.headerFields) else { return }
    queue.add(events, from: request.client.subject)
  }

  /// Counts that somebody is sent on to a shop.
  func recordVisit(of listing: CatalogV1.Listing, _ request: GatewayRequest) {
    guard !TrackingWish.isAhead(request.head.headerFields) else { return }
    var event = AnalyticsEvent(at: clock(), kind: .listingClick, mark: VisitorMark(request))
    event.listing = listing.id
    event.product = listing.productId == 0 ? nil : listing.productId
    event.shop = listing.shop
    record([event], of: request)
  }

  var tasks: [BackgroundTask] {
    // Where nothing is counted any more, what was counted still grows old.
    var tasks = [BackgroundTask("analytics-upkeep") { try await upkeep.run() }]
    if settings.isOn { tasks.append(BackgroundTask("analytics-events") { try await writer.run() }) }
    return tasks
  }

  /// Writes what is left, when no request comes any more and the tasks have ended.
  func close() async { await writer.flush() }
}
