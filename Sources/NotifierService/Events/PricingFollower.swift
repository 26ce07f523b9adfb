internal import EventLog
internal import Logging
internal import MeshMessages
internal import MeshRPC
internal import PostgresClient

/// Follows pricing's events and turns them into deliveries.
struct PricingFollower: Sendable {
  static let source = "pricing"
  static let schema = "notifier"
  /// One transaction each.
  private static let maximumBatch: UInt32 = 1000

  let pool: PostgresPool
  let client: PricingV1.PricingService.Client
  let matcher: AlertMatcher
  let lag: LagMeter
  let logger: Logger

  /// Follows until the task is cancelled.
  func run() async throws {
    var configuration = EventConsumerConfiguration()
    configuration.logger = logger
    let consumer = try EventConsumer<MarketEvent?>(
      pool: pool, schema: Self.schema, source: Self.source, configuration: configuration,
      subscribe: { after, partitions, receive in try await follow(after, partitions, receive) },
      apply: { [matcher] events, transaction in
        try await matcher.apply(events.compactMap { $0 }, now: .now(), in: transaction)
      })
    try await consumer.run()
  }

  private func follow(
    _ after: EventPosition, _ partitions: Set<Int>, _ receive: (EventDelivery<MarketEvent?>) async throws -> Void
  ) async throws {
    var request = CommonV1.SubscribeRequest()
    if after != .start {
      request.after = CommonV1.EventPosition(transaction: after.transaction, sequence: after.sequence)
    }
    request.partitions = partitions.sorted().map { UInt32($0) }
    request.maxBatchSize = Self.maximumBatch
    request.subscriber = Self.schema
    try await client.subscribe(request, options: CallOptions()) { responses in
      for try await response in responses {
        let delivery = try Self.delivery(response)
        let newest = response.events.last?.occurredAt?.unixTime
        try await receive(delivery)
        // What is applied now is behind by its age only if there is more to come.
        lag.heard(behind: response.backlog == 0 ? .zero : newest.map { UnixTime.now().elapsed(since: $0) } ?? .zero)
      }
    }
  }

  private static func delivery(_ response: PricingV1.SubscribeResponse) throws -> EventDelivery<MarketEvent?> {
    guard let horizon = response.horizon else {
      throw EventLogError(.invalidDelivery, "a message of pricing came without its horizon")
    }
    var events: [ReceivedEvent<MarketEvent?>] = []
    events.reserveCapacity(response.events.count)
    for event in response.events {
      guard let position = event.position else {
        throw EventLogError(.invalidDelivery, "an event of pricing came without its position")
      }
      events.append(
        ReceivedEvent(
          position: EventPosition(transaction: position.transaction, sequence: position.sequence),
          partition: Int(event.partition),
          occurredAt: event.occurredAt.map { Timestamp($0.unixTime) }, event: MarketEvent(event)))
    }
    return EventDelivery(
      events: events, horizon: EventPosition(transaction: horizon.transaction, sequence: horizon.sequence),
      backlog: response.backlog)
  }
}
