internal import EventLog
internal import Logging
internal import MeshMessages
internal import MeshRPC
internal import NIOCore
internal import Synchronization

/// Asks pricing for events that are kept no more, on behalf of clients that come back. Those that wait at the same time
/// are answered together: what is found for the one that was away longest serves the others, and those to come.
final class LiveHistory: Sendable {
  struct Question: Sendable {
    /// The id that the client has.
    var after: EventPosition
    /// Its loop has everything behind this.
    var floor: EventPosition
    let loop: LiveLoop
    /// Called on the loop: what could be found is there.
    let done: @Sendable () -> Void

    init(after: EventPosition, floor: EventPosition, loop: LiveLoop, done: @escaping () -> Void) {
      self.after = after
      self.floor = floor
      self.loop = loop
      // It never leaves the loop's thread.
      nonisolated(unsafe) let done = done
      self.done = { done() }
    }
  }

  private enum Found {
    /// All deals' events up to `end`.
    case events([LiveEvent], end: EventPosition)
    /// There were too many; up to `reached` they were looked at.
    case tooMany(reached: EventPosition)
    /// Pricing does not know the position any more, or never did, or cannot say.
    case unknown
  }

  /// Events of all kinds that are looked at for one answer.
  private static let maximumScanned = 50_000
  private static let patience = Duration.seconds(10)
  private static let pause = Duration.milliseconds(500)

  private let pricing: PricingV1.PricingService.Client
  private let maximumEvents: Int
  private let logger: Logger
  private let waiting = Mutex<[Question]>([])
  private let news: AsyncStream<Void>
  private let signal: AsyncStream<Void>.Continuation

  init(_ pricing: PricingV1.PricingService.Client, configuration: LiveConfiguration, logger: Logger) {
    self.pricing = pricing
    self.logger = logger
    maximumEvents = configuration.maximumEvents
    (news, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  func ask(_ question: Question) {
    waiting.withLock { $0.append(question) }
    signal.yield()
  }

  /// Answers; returns when the task is cancelled. One for each history.
  func run(_ loops: [LiveLoop]) async {
    for await _ in news {
      while let start = waiting.withLock({ $0.map(\.after).min() }) {
        let floor = waiting.withLock { $0.map(\.floor).max() } ?? start
        do {
          let found = try await find(after: start, to: floor)
          answer(found, start, loops)
        } catch {
          if Task.isCancelled { return }
          // Clients wait for it; that pricing is away is told by its readiness check.
          logger.debug("missed events cannot be had now", metadata: ["error": "\(error)"])
          do { try await Task.sleep(for: Self.pause) } catch { return }
        }
      }
    }
  }

  private func answer(_ found: Found, _ start: EventPosition, _ loops: [LiveLoop]) {
    let answered: (Question) -> Bool
    switch found {
    case .events(let events, let end):
      for loop in loops { loop.eventLoop.execute { loop.extend(events, from: start, to: end) } }
      answered = { $0.after >= start && $0.floor <= end }
    case .tooMany(let reached): answered = { $0.after <= reached }
    case .unknown: answered = { $0.after == start }
    }
    let done = waiting.withLock { waiting in
      let done = waiting.filter(answered)
      waiting.removeAll(where: answered)
      return done
    }
    for question in done { question.loop.eventLoop.execute(question.done) }
  }

  private func find(after start: EventPosition, to floor: EventPosition) async throws -> Found {
    var request = CommonV1.SubscribeRequest()
    request.after = CommonV1.EventPosition(transaction: start.transaction, sequence: start.sequence)
    request.maxBatchSize = 1000
    do {
      return try await pricing.subscribe(request, options: CallOptions(timeout: Self.patience)) { responses in
        var events: [LiveEvent] = []
        var scanned = 0
        var reached = start
        for try await response in responses {
          let now = CacheClock.now()
          for event in response.events {
            if case .priceChanged? = event.change { continue }
            if case .stockChanged? = event.change { continue }
            do {
              if let event = try LiveEvent(event, receivedAt: now) { events.append(event) }
            } catch {
              logger.warning("a deal has no JSON form", metadata: ["error": "\(error)"])
            }
          }
          scanned += response.events.count
          if let horizon = response.horizon {
            reached = EventPosition(transaction: horizon.transaction, sequence: horizon.sequence)
          }
          if reached >= floor { return .events(events, end: reached) }
          guard events.count <= maximumEvents, scanned <= Self.maximumScanned else { return .tooMany(reached: reached) }
        }
        throw RPCError(code: .unavailable, message: "the stream of events ended")
      }
    } catch let error as RPCError where error.code != .unavailable {
      // To ask the same once more would not help.
      return .unknown
    }
  }
}
