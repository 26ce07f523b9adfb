internal import CoreMetrics
internal import EventLog
internal import EventLogRPC
internal import Logging
internal import MeshMessages
internal import MeshRPC
internal import Synchronization

/// Follows the events of catalog and pricing and marks on the board what they changed.
///
/// The gateway stores no position: it begins at the log's end, where nothing that is asked from then on is missed, and
/// drops what was asked before. While it is cut off it goes on from where it was, however often; when that is no longer
/// there it begins at the end again. Events are marked with the time at which they are told, which is later than the change:
/// that drops some answers too many and none too few.
struct ChangeFeed: Sendable {
  let cache: ResponseCache
  /// Is told of pricing's events, too.
  let live: LiveHub
  let logger: Logger
  private let catalogPlace = Place()
  private let pricingPlace = Place()

  /// How far a log was followed, also when the stream is taken up by another run.
  private final class Place: Sendable {
    private let position = Mutex(EventPosition.end)
    var value: EventPosition {
      get { position.withLock { $0 } }
      set { position.withLock { $0 = newValue } }
    }
  }

  /// A service that comes back is followed as soon as there is a connection.
  private var options: CallOptions { CallOptions(waitForReady: true) }

  init(cache: ResponseCache, live: LiveHub, logger: Logger) {
    self.cache = cache
    self.live = live
    self.logger = logger
  }

  func followCatalog(_ client: CatalogV1.CatalogService.Client) async throws {
    let count = CacheMetrics.changes("catalog")
    let board = cache.board
    try await follow("catalog", catalogPlace, { try await client.subscribe($0, options: options, $1) }) {
      (event: CatalogV1.CatalogEvent, now) in
      count.increment()
      switch event.change {
      case .productChanged(let product):
        board.changed(product: product.id, category: product.category, at: now)
        board.changedLists(at: now)
      case .productRemoved(let id):
        board.changed(product: id, category: "", at: now)
        board.changedLists(at: now)
      case .listingChanged(let changed):
        board.changed(product: changed.listing?.productId ?? 0, category: changed.category, at: now)
      case .listingRemoved(let removed):
        board.changed(product: removed.productId, category: "", at: now)
        board.changedLists(at: now)
      case nil: break
      }
    }
  }

  func followPricing(_ client: PricingV1.PricingService.Client) async throws {
    let count = CacheMetrics.changes("pricing")
    let board = cache.board
    try await follow("pricing", pricingPlace, { try await client.subscribe($0, options: options, $1) }, pass) {
      (event: PricingV1.PricingEvent, now) in
      count.increment()
      switch event.change {
      case .priceChanged(let changed): board.changed(product: changed.productId, category: changed.category, at: now)
      case .stockChanged(let changed): board.changed(product: changed.productId, category: changed.category, at: now)
      case .dealOpened(let deal), .dealClosed(let deal):
        board.changed(product: deal.productId, category: deal.category, at: now)
      case nil: break
      }
    }
  }

  /// Has live clients told of what was marked.
  private func pass(_ response: PricingV1.SubscribeResponse, _ isFirst: Bool) {
    guard let horizon = response.horizon else { return }
    if isFirst {
      // What comes with the first message came behind the log's end.
      var floor = EventPosition(response.events.first?.position ?? horizon)
      if !response.events.isEmpty { floor.sequence -= 1 }
      live.follows(from: floor)
    }
    live.receive(response.events, horizon: horizon)
  }

  private typealias Subscribe<Response: EventBatchMessage> = (
    CommonV1.SubscribeRequest, (ResponseStream<Response>) async throws -> Void
  ) async throws -> Void

  /// Runs until the stream breaks, and then once more from where it was; the supervisor starts it anew after a pause.
  private func follow<Response: EventBatchMessage>(
    _ source: String, _ place: Place, _ subscribe: Subscribe<Response>,
    _ pass: @escaping (_ response: Response, _ isFirst: Bool) -> Void = { _, _ in },
    _ mark: @escaping (Response.Event, Int64) -> Void
  ) async throws {
    var position = place.value
    while true {
      var request = CommonV1.SubscribeRequest()
      request.after = CommonV1.EventPosition(position)
      let before = position
      do {
        try await subscribe(request) { responses in
          for try await response in responses {
            let now = CacheClock.now()
            // The first message says that it follows: what was asked before may have missed a change.
            let isFirst = position == .end
            if isFirst {
              cache.board.changedEverything(at: now)
              logger.info("follows changes", metadata: ["source": "\(source)"])
            }
            for event in response.events { mark(event, now) }
            pass(response, isFirst)
            if let horizon = response.horizon { position = EventPosition(horizon) }
            place.value = position
          }
        }
        // An end without progress is no better than an error: the supervisor waits before it tries again.
        if position == before { throw RPCError(code: .unavailable, message: "the stream of changes ended at once") }
      } catch let error as RPCError where error.code == .outOfRange || error.code == .failedPrecondition {
        // The position is gone: dropped, or of a database that is not this one. The end is always there.
        if position == .end { throw error }
        position = .end
        place.value = position
      } catch {
        // Without progress it is for the supervisor to wait.
        if position == before { throw error }
      }
      try Task.checkCancellation()
    }
  }
}
