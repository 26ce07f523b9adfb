package import EventLog
package import MeshMessages
package import MeshRPC
internal import ProtobufBridge

extension EventFeed {
  /// The whole of a service's `Subscribe`: checks the request, and streams the log's events, each with its position, its
  /// time and its partition filled in, until the client is gone.
  /// - Throws: `RPCError`: INVALID_ARGUMENT naming the field; OUT_OF_RANGE when events behind the position have been
  ///   dropped; FAILED_PRECONDITION when the log never had such a position; UNAVAILABLE when the database is away.
  package func serve<Response: EventBatchMessage>(
    _ request: CommonV1.SubscribeRequest, to responses: ResponseWriter<Response>
  ) async throws {
    let subscription = try Subscription(request)
    do {
      // Decoding a batch takes more time than a connection's event loop has to spare.
      try await withTaskExecutorPreference(globalConcurrentExecutor) {
        // Who keeps no position begins at the end, with what comes.
        let after = subscription.after == .end ? try await head() : subscription.after
        try await batches(
          after: after, partitions: subscription.partitions, maxBatchSize: subscription.maxBatchSize,
          subscriber: subscription.subscriber
        ) { batch in
          try await responses.write(Response(batch))
        }
      }
    } catch {
      throw EventLogStatus.rpcError(for: error)
    }
  }
}

extension EventBatchMessage {
  /// - Throws: `EventLogError` `.schema` for a payload that is no event of this contract.
  init(_ batch: FeedBatch) throws {
    self.init()
    events.reserveCapacity(batch.events.count)
    for stored in batch.events {
      var event: Event
      do {
        event = try Event(wire: stored.payload)
      } catch {
        throw EventLogError(.schema, "the payload at \(stored.position) is no \(Event.fullName)", cause: error)
      }
      event.position = CommonV1.EventPosition(stored.position)
      event.partition = UInt32(stored.partition)
      if event.occurredAt == nil { event.occurredAt = GoogleProtobuf.Timestamp(stored.occurredAt) }
      events.append(event)
    }
    horizon = CommonV1.EventPosition(batch.horizon)
    backlog = batch.backlog
  }
}
