package import EventLog
package import MeshMessages
package import MeshRPC
package import PostgresClient

extension EventConsumer where Event: LoggedEvent {
  /// A consumer that follows a service's `Subscribe`.
  /// - Parameters:
  ///   - pool: of this service's own database.
  ///   - schema: where `EventLogSchema.inbox` was applied; also the name by which the owner knows this subscriber.
  ///   - source: the owner's name.
  ///   - client: calls the owner.
  ///   - method: e.g. `CatalogV1.CatalogService.Methods.subscribe`.
  ///   - maxBatchSize: events in one message, and so in one transaction, 1 to 1000.
  ///   - apply: as in `EventConsumer`.
  /// - Throws: `EventLogError` `.invalidArgument`.
  package convenience init<Response: EventBatchMessage>(
    pool: PostgresPool, schema: String, source: String,
    configuration: EventConsumerConfiguration = EventConsumerConfiguration(), client: any RPCClient,
    method: RPCMethod<CommonV1.SubscribeRequest, Response>, maxBatchSize: Int = 500, apply: @escaping Apply
  ) throws(EventLogError) where Response.Event == Event {
    try self.init(
      pool: pool, schema: schema, source: source, configuration: configuration,
      subscribe: { after, partitions, receive in
        var request = CommonV1.SubscribeRequest()
        if after != .start { request.after = CommonV1.EventPosition(after) }
        request.partitions = partitions.sorted().map { UInt32($0) }
        request.maxBatchSize = UInt32(max(0, maxBatchSize))
        request.subscriber = schema
        do {
          try await client.serverStreaming(method, request, options: CallOptions()) { responses in
            for try await response in responses { try await receive(EventDelivery(response)) }
          }
        } catch let error as RPCError {
          throw EventLogStatus.eventLogError(for: error)
        }
      }, apply: apply)
  }
}

extension EventDelivery where Event: LoggedEvent {
  /// - Throws: `EventLogError` `.invalidDelivery` when a position is missing.
  init<Response: EventBatchMessage>(_ response: Response) throws where Response.Event == Event {
    var events: [ReceivedEvent<Event>] = []
    events.reserveCapacity(response.events.count)
    for event in response.events {
      guard let position = event.position else {
        throw EventLogError(.invalidDelivery, "an event came without its position")
      }
      events.append(
        ReceivedEvent(
          position: EventPosition(position), partition: Int(event.partition),
          occurredAt: event.occurredAt?.postgresTimestamp, event: event))
    }
    guard let horizon = response.horizon else {
      throw EventLogError(.invalidDelivery, "a message came without its horizon")
    }
    self.init(events: events, horizon: EventPosition(horizon), backlog: response.backlog)
  }
}
