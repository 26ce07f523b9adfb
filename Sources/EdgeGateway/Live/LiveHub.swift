internal import EventLog
package import Logging
package import MeshMessages
package import NIOCore

/// Tells live clients of what happens in pricing: one follower of its log in a process, and on each event loop a
/// registry of the clients there.
package final class LiveHub: Sendable {
  private let loops: [ObjectIdentifier: LiveLoop]
  private let history: LiveHistory
  private let logger: Logger
  let places: LivePlaces
  let configuration: LiveConfiguration
  let metrics = LiveMetrics()

  /// - Parameters:
  ///   - group: the loops that serve clients.
  ///   - pricing: is asked for what clients missed.
  package init(
    _ configuration: LiveConfiguration = LiveConfiguration(), group: any EventLoopGroup,
    pricing: PricingV1.PricingService.Client, logger: Logger
  ) {
    history = LiveHistory(pricing, configuration: configuration, logger: logger)
    places = LivePlaces(configuration, metrics)
    self.configuration = configuration
    self.logger = logger
    var loops: [ObjectIdentifier: LiveLoop] = [:]
    for loop in group.makeIterator() {
      loops[ObjectIdentifier(loop)] = LiveLoop(
        loop, configuration: configuration, history: history, metrics: metrics, logger: logger)
    }
    self.loops = loops
  }

  /// The clients of an event loop; nil for one that is not of the group.
  func loop(_ eventLoop: any EventLoop) -> LiveLoop? { loops[ObjectIdentifier(eventLoop)] }

  /// Pricing's log is followed from here on, for the first time or after it could not be followed without a gap.
  func follows(from floor: EventPosition) {
    for loop in loops.values { loop.eventLoop.execute { loop.follow(from: floor) } }
  }

  /// Passes events on. They come in order.
  ///
  /// - Parameter horizon: all events up to here have come.
  package func receive(_ events: [PricingV1.PricingEvent], horizon: CommonV1.EventPosition) {
    let now = CacheClock.now()
    let hasClients = places.count > 0
    var told: [LiveEvent] = []
    for event in events {
      switch event.change {
      case .priceChanged?, .stockChanged?: if !hasClients { continue }
      default: break
      }
      do {
        if let event = try LiveEvent(event, receivedAt: now) { told.append(event) }
      } catch {
        logger.warning("a deal has no JSON form", metadata: ["error": "\(error)"])
      }
    }
    let end = EventPosition(transaction: horizon.transaction, sequence: horizon.sequence)
    for loop in loops.values { loop.eventLoop.execute { [told] in loop.receive(told, horizon: end) } }
  }

  /// Looks for what clients missed; returns when the task is cancelled.
  package func run() async { await history.run(Array(loops.values)) }

  /// Ends all clients, and those to come, so that they go on at another gateway.
  package func drain() {
    for loop in loops.values { loop.eventLoop.execute { loop.drain() } }
  }
}
