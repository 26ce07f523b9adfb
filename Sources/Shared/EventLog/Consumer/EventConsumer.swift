internal import CoreMetrics
internal import Logging
package import PostgresClient
internal import Synchronization

/// Follows another service's events and applies each exactly once: the transaction that applies events also moves the
/// cursor behind them.
///
/// Any number of processes may run a consumer of the same source and schema. They share the partitions by leases; what a
/// killed process held goes to the others when its leases have run out.
package final class EventConsumer<Event: Sendable>: Sendable {
  /// Asks the owner for the events after a position, in these partitions, and hands over what it sends, until it ends or
  /// the task is cancelled. Nothing more is taken from the owner before `receive` has returned.
  package typealias Subscribe =
    @Sendable (
      _ after: EventPosition, _ partitions: Set<Int>, _ receive: (EventDelivery<Event>) async throws -> Void
    ) async throws -> Void

  /// Does what events ask for, within the transaction and nowhere else. When it throws, the transaction is rolled back
  /// and the same events come again, fewer at a time, down to the one that fails: that one is tried until it succeeds.
  package typealias Apply = @Sendable (_ events: [Event], _ transaction: PostgresTransaction) async throws -> Void

  package let configuration: EventConsumerConfiguration
  package let source: String
  let cursor: InboxCursor
  let metrics: ConsumerMetrics
  let apply: Apply
  private let leases: PartitionLeases
  private let subscribe: Subscribe
  private let state = Mutex(State())
  /// Wakes the follower when what is held has changed.
  private let assignment = WakeSignal()
  /// Wakes the keeper of the leases when one was found lost.
  private let losses = WakeSignal()

  private struct State {
    var held: PartitionLeases.Held = [:]
    var deliveries = 0
    var lastDelivery = ContinuousClock.now
  }

  /// - Parameters:
  ///   - pool: of this service's own database.
  ///   - schema: where `EventLogSchema.inbox` was applied.
  ///   - source: the owner's name, 1 to 64 of `a-z0-9-_.`.
  /// - Throws: `EventLogError` `.invalidArgument` when a setting or the name cannot be used.
  package init(
    pool: PostgresPool, schema: String, source: String,
    configuration: EventConsumerConfiguration = EventConsumerConfiguration(),
    subscribe: @escaping Subscribe, apply: @escaping Apply
  ) throws(EventLogError) {
    try configuration.validate()
    guard Subscribers.isName(source) else {
      throw EventLogError(.invalidArgument, "source: a name has 1 to 64 of a-z, 0-9, '-', '_', '.'")
    }
    let names = LogNames(schema: schema)
    let member =
      String(UInt64.random(in: .min ... .max), radix: 16) + String(UInt64.random(in: .min ... .max), radix: 16)
    self.configuration = configuration
    self.source = source
    self.subscribe = subscribe
    self.apply = apply
    cursor = InboxCursor(
      pool: pool, names: names, source: source, member: member, leaseDuration: configuration.leaseDuration,
      idleTimeout: configuration.transactionIdleTimeout)
    leases = PartitionLeases(
      pool: pool, names: names, source: source, member: member, duration: configuration.leaseDuration)
    metrics = ConsumerMetrics(source: source, consumer: schema, factory: configuration.metrics)
  }

  /// The partitions that this process holds now.
  package var heldPartitions: Set<Int> { Set(state.withLock { $0.held.keys }) }

  /// Follows the source until the task is cancelled; comes back by itself from every failure of the owner, the network
  /// or the database. Then leaves its partitions to the others.
  /// - Throws: `CancellationError`.
  package func run() async throws {
    let ending = await withTaskGroup(of: Result<Void, any Error>.self) { group in
      group.addTask { await outcome { try await self.keepLeases() } }
      group.addTask { await outcome { try await self.follow() } }
      let first = await group.next() ?? .success(())
      group.cancelAll()
      await group.waitForAll()
      return first
    }
    // Outside of the cancelled task, whose statements would not be sent; awaited, and bounded by its own time-outs.
    let leaving = await Task { [leases] in try await leases.leave() }.result
    if case .failure(let error) = leaving {
      configuration.logger.info(
        "could not give partitions back; they are free when their leases end", metadata: context(error))
    }
    try ending.get()
  }

  // MARK: Leases

  private func keepLeases() async throws {
    var isPrepared = false
    var renewedAt = ContinuousClock.now
    var delay = RetryDelay(.milliseconds(50)...max(.milliseconds(50), configuration.leaseDuration / 3))
    while true {
      let seen = losses.generation
      var pause = configuration.leaseDuration / 3
      do {
        if !isPrepared { try await leases.prepare() }
        isPrepared = true
        let held = try await leases.tick()
        renewedAt = .now
        delay.reset()
        assign(held)
      } catch {
        try Task.checkCancellation()
        configuration.logger.warning("could not renew leases", metadata: context(error))
        if ContinuousClock.now - renewedAt > configuration.leaseDuration { assign([:]) }
        pause = delay.next()
      }
      reportSilence()
      try await losses.wait(after: seen, timeout: pause)
    }
  }

  private func assign(_ held: PartitionLeases.Held) {
    let hasChanged = state.withLock { state in
      defer { state.held = held }
      return state.held != held
    }
    metrics.partitions.record(held.count)
    if hasChanged { assignment.wake() }
  }

  /// A stream gives a sign of life every few seconds; without one the lag grows, whatever was last known.
  private func reportSilence() {
    let (isFollowing, silence) = state.withLock { (!$0.held.isEmpty, ContinuousClock.now - $0.lastDelivery) }
    if isFollowing, silence > .seconds(30) { metrics.lagSeconds.record(silence.seconds) }
  }

  // MARK: Streams

  private func follow() async throws {
    var delay = RetryDelay(configuration.reconnectBackoff)
    while true {
      let seen = assignment.generation
      let (held, deliveries) = state.withLock { ($0.held, $0.deliveries) }
      guard !held.isEmpty else {
        try await assignment.wait(after: seen)
        continue
      }
      do {
        if try await stream(held, seen) {
          delay.reset()
          continue
        }
      } catch {
        try Task.checkCancellation()
        report(error)
      }
      if state.withLock({ $0.deliveries }) != deliveries { delay.reset() }
      metrics.reconnects.increment()
      try await assignment.wait(after: seen, timeout: delay.next())
    }
  }

  /// Follows the source until what is held changes or it is time to ask anew.
  /// - Returns: false when the owner ended the stream.
  private func stream(_ held: PartitionLeases.Held, _ seen: UInt64) async throws -> Bool {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        var session = InboxSession(
          consumer: self, held: held, positions: try await self.cursor.positions(of: held))
        try await self.subscribe(session.after, Set(held.keys)) { delivery in
          self.noteDelivery()
          try await session.receive(delivery)
        }
        return false
      }
      group.addTask {
        try await self.assignment.wait(after: seen, timeout: self.configuration.renewalInterval)
        return true
      }
      defer { group.cancelAll() }
      return try await group.next() ?? false
    }
  }

  private func noteDelivery() {
    state.withLock { state in
      state.deliveries += 1
      state.lastDelivery = .now
    }
  }

  private func report(_ error: any Error) {
    switch (error as? EventLogError)?.code {
    case .leaseLost?:
      configuration.logger.info("partitions went to another process", metadata: context(error))
      losses.wake()
    case .positionDropped?, .positionUnknown?, .invalidDelivery?:
      configuration.logger.error("the source cannot be followed from here", metadata: context(error))
    default:
      configuration.logger.warning("the stream of events broke; asking again", metadata: context(error))
    }
  }

  func context(_ error: any Error) -> Logger.Metadata { ["source": "\(source)", "error": "\(error)"] }
}

private func outcome(_ body: () async throws -> Void) async -> Result<Void, any Error> {
  do { return .success(try await body()) } catch { return .failure(error) }
}
