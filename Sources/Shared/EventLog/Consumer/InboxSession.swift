internal import CoreMetrics
internal import Logging
internal import PostgresClient

/// One stream's events on their way into the database.
struct InboxSession<Event: Sendable> {
  private let consumer: EventConsumer<Event>
  private let held: PartitionLeases.Held
  /// Up to where each partition is applied.
  private var positions: [Int: EventPosition]
  private var lastReceived: EventPosition
  private var cursorsMovedAt = ContinuousClock.now

  /// After what the stream has to be asked for: the partition that is furthest behind.
  let after: EventPosition

  init(consumer: EventConsumer<Event>, held: PartitionLeases.Held, positions: [Int: EventPosition]) {
    self.consumer = consumer
    self.held = held
    self.positions = positions
    after = positions.values.min() ?? .start
    lastReceived = after
  }

  /// Applies what is new, and returns when that is committed.
  /// - Throws: `EventLogError` `.leaseLost`, `.invalidDelivery`; `CancellationError`; `PostgresError` when only the
  ///   cursors were to move.
  mutating func receive(_ delivery: EventDelivery<Event>) async throws {
    try validate(delivery)
    var fresh: [ReceivedEvent<Event>] = []
    fresh.reserveCapacity(delivery.events.count)
    for event in delivery.events {
      if let position = positions[event.partition], event.position > position { fresh.append(event) }
    }
    if fresh.count < delivery.events.count {
      consumer.metrics.skipped.increment(by: delivery.events.count - fresh.count)
    }
    reportLag(of: fresh[...], delivery)
    if !fresh.isEmpty {
      try await apply(fresh, delivery)
    } else if isTimeToMoveCursors, positions.values.contains(where: { $0 < delivery.horizon }) {
      try await advance(held, to: delivery.horizon) { _, _ in }
    }
    reportLag(of: [], delivery)
  }

  private mutating func validate(_ delivery: EventDelivery<Event>) throws {
    for event in delivery.events {
      guard event.position > lastReceived else {
        throw EventLogError(.invalidDelivery, "\(consumer.source) sent \(event.position) after \(lastReceived)")
      }
      guard held[event.partition] != nil else {
        throw EventLogError(
          .invalidDelivery, "\(consumer.source) sent an event of partition \(event.partition), which was not asked for")
      }
      lastReceived = event.position
    }
    guard delivery.horizon >= lastReceived else {
      throw EventLogError(
        .invalidDelivery, "\(consumer.source) sent a horizon of \(delivery.horizon) after \(lastReceived)")
    }
    lastReceived = delivery.horizon
  }

  private var isTimeToMoveCursors: Bool {
    ContinuousClock.now - cursorsMovedAt >= consumer.configuration.cursorInterval
  }

  // MARK: Applying

  /// Tries until all is applied: as many events at a time as succeed, one at a time where some fail.
  private mutating func apply(_ events: [ReceivedEvent<Event>], _ delivery: EventDelivery<Event>) async throws {
    var delay = RetryDelay(consumer.configuration.applyBackoff)
    var rest = events[...]
    var size = events.count
    while let first = rest.first {
      let part = rest.prefix(size)
      do {
        try await applyOnce(part, upTo: part.endIndex == rest.endIndex ? delivery.horizon : part.last?.position)
        rest = rest.dropFirst(part.count)
        if delay.failures > 0 { consumer.metrics.isStuck.record(0) }
        delay.reset()
        size = min(size * 2, max(1, rest.count))
      } catch {
        try Task.checkCancellation()
        if (error as? EventLogError)?.code == .leaseLost { throw error }
        if Self.isPassing(error) {
          consumer.configuration.logger.warning("could not apply events now", metadata: consumer.context(error))
          try await Task.sleep(for: delay.next())
          continue
        }
        consumer.metrics.applyFailures.increment()
        reportLag(of: rest, delivery)
        if part.count > 1 {
          // Which one is it? The others go ahead of it.
          size = part.count / 2
          continue
        }
        if delay.failures > 0 { consumer.metrics.isStuck.record(1) }
        var metadata = consumer.context(error)
        metadata["position"] = "\(first.position)"
        metadata["failures"] = "\(delay.failures + 1)"
        consumer.configuration.logger.error(
          "an event cannot be applied and holds up those behind it", metadata: metadata)
        try await Task.sleep(for: delay.next())
      }
    }
  }

  private mutating func applyOnce(_ part: ArraySlice<ReceivedEvent<Event>>, upTo horizon: EventPosition?) async throws {
    guard let horizon else { return }
    // Partitions without events move along now and then, in the same transaction.
    let touched = Set(part.map(\.partition))
    let moving = isTimeToMoveCursors ? held : held.filter { touched.contains($0.key) }
    var count = 0
    try await advance(moving, to: horizon) { [consumer] stored, transaction in
      // An earlier try may have been committed without our hearing of it.
      let events = part.filter { event in stored[event.partition].map { event.position > $0 } ?? false }
      count = events.count
      if !events.isEmpty { try await consumer.apply(events.map(\.event), transaction) }
    }
    consumer.metrics.applied.increment(by: count)
    if count < part.count { consumer.metrics.skipped.increment(by: part.count - count) }
  }

  private mutating func advance(
    _ moving: PartitionLeases.Held, to horizon: EventPosition,
    _ body: ([Int: EventPosition], PostgresTransaction) async throws -> Void
  ) async throws {
    try await consumer.cursor.advance(moving, to: horizon, body)
    for partition in moving.keys { positions[partition] = max(horizon, positions[partition] ?? .start) }
    if moving.count == held.count { cursorsMovedAt = .now }
  }

  /// Whether the failure says nothing about the events: the server is away or busy, or transactions collided.
  private static func isPassing(_ error: any Error) -> Bool {
    guard let error = error as? PostgresError else { return false }
    switch error.code {
    case .connectionLost, .connectFailed, .poolTimeout, .poolClosed, .overloaded, .timeout, .cancelled: return true
    case .server: return ["08", "40", "53", "57"].contains(error.sqlState?.category)
    default: return false
    }
  }

  private func reportLag(of waiting: ArraySlice<ReceivedEvent<Event>>, _ delivery: EventDelivery<Event>) {
    consumer.metrics.lagEvents.record(delivery.backlog + Int64(waiting.count))
    var oldest = waiting.first?.occurredAt
    if oldest == nil, delivery.backlog > 0 { oldest = delivery.events.last?.occurredAt }
    let age = oldest.map { Double(Timestamp.now().microseconds - $0.microseconds) / 1_000_000 }
    if age != nil || delivery.backlog == 0 { consumer.metrics.lagSeconds.record(max(0, age ?? 0)) }
  }
}
