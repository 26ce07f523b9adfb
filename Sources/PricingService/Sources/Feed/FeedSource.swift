internal import OutboundHTTP
internal import Synchronization

/// Reads listings from their shop's Merchant feed. A feed is fetched for all listings of its shop together, and again
/// when it has become too old.
package final class FeedSource: PriceSource {
  /// A shop's feed.
  package struct Feed: Sendable {
    package var url: String
    /// BCP 47; for prices that are not written as Google wants them.
    package var locale: String
    /// How long a fetched feed counts. Default 15 min.
    package var lifetime: Duration = .seconds(900)
    /// Of the feed, decompressed. Default 64 MiB.
    package var maximumBytes = 64 << 20

    package init(url: String, locale: String = "") {
      self.url = url
      self.locale = locale
    }
  }

  private struct Kept {
    var snapshot: FeedSnapshot
    var expires: Duration
  }

  private let client: PoliteClient
  private let feeds: [String: Feed]
  /// One refresh of a shop's feed at a time; those who come meanwhile take what it brought.
  private let refreshes: [String: TurnQueue]
  private let kept = Mutex<[String: Kept]>([:])
  private let clocks: PoliteClient.Clocks

  /// - Parameter feeds: by shop.
  package init(client: PoliteClient, feeds: [String: Feed], clocks: PoliteClient.Clocks = .system) {
    self.client = client
    self.feeds = feeds
    self.clocks = clocks
    refreshes = feeds.mapValues { _ in TurnQueue(limit: 1) }
  }

  package func observe(_ listing: SourceListing) async throws -> SourceOutcome {
    guard let feed = feeds[listing.shop], let refresh = refreshes[listing.shop] else {
      throw SourceError(.unreadable, "no feed is configured for shop \(listing.shop)")
    }
    let snapshot: FeedSnapshot
    do {
      snapshot = try await refresh.withTurn { try await self.current(feed, shop: listing.shop) }
    } catch is TurnQueue.Full {
      throw SourceError(.refused(retryAfter: .seconds(30)), "too many listings wait for the shop's feed")
    }
    guard let offer = snapshot.offers[listing.externalID] else { return .gone }
    guard offer.currency == listing.currency || offer.price == nil && offer.salePrice == nil else {
      throw SourceError(.unreadable, "the feed asks for another currency than \(listing.currency)")
    }
    var observation = offer.observation(at: clocks.wall())
    observation.currency = listing.currency
    return .observed(observation, validators: Validators())
  }

  /// How many items of a shop's feed were not taken when it was last read, and why the first of them.
  package func faults(of shop: String) -> (count: Int, first: [FeedFault]) {
    kept.withLock { kept in (kept[shop]?.snapshot.faultCount ?? 0, kept[shop]?.snapshot.faults ?? []) }
  }

  private func current(_ feed: Feed, shop: String) async throws -> FeedSnapshot {
    let now = clocks.uptime()
    let old = kept.withLock { $0[shop] }
    if let old, old.expires > now { return old.snapshot }
    var request = OutboundRequest(.get, feed.url)
    request.maxResponseBytes = feed.maximumBytes
    PageSource.makeConditional(&request, old?.snapshot.validators)
    let response = try await client.send(request)
    var snapshot: FeedSnapshot
    switch response.status {
    case 304:
      guard let old else {
        throw SourceError(.unreadable, "the shop says that a feed has not changed which it never sent")
      }
      snapshot = old.snapshot
    case 200:
      snapshot = try await Self.read(response.body, locale: feed.locale)
      snapshot.validators = PageSource.validators(response)
    case 401, 403, 451: throw SourceError(.refused(retryAfter: nil), "the shop answered \(response.status)")
    case 500...: throw SourceError(.unreachable, "the shop answered \(response.status)")
    default: throw SourceError(.unreadable, "the feed's address answered \(response.status)")
    }
    let fresh = snapshot
    kept.withLock { $0[shop] = Kept(snapshot: fresh, expires: now + feed.lifetime) }
    return fresh
  }

  /// Reading a large feed takes seconds: not on an event loop.
  @concurrent
  private static func read(_ body: [UInt8], locale: String) async throws -> FeedSnapshot {
    try await withTaskExecutorPreference(globalConcurrentExecutor) {
      let chunk = 256 * 1_024
      let chunks = stride(from: 0, to: body.count, by: chunk).lazy.map { Array(body[$0..<min(body.count, $0 + chunk)]) }
      return try FeedSnapshot.read(FeedReader(locale: locale), chunks)
    }
  }
}
