import EventLog
import MeshMessages
import MeshRPC
import Testing

@testable import EventLogRPC

@Suite("Requests to subscribe")
struct SubscriptionTests {
  @Test("An empty request asks for everything from the start, 500 events at a time, for nobody in particular")
  func defaults() throws {
    let subscription = try Subscription(CommonV1.SubscribeRequest())
    #expect(subscription.after == .start)
    #expect(subscription.partitions == [])
    #expect(subscription.maxBatchSize == 500)
    #expect(subscription.subscriber == nil)
  }

  @Test("What is out of range is refused with INVALID_ARGUMENT and the field's name")
  func refused() {
    let requests: [(CommonV1.SubscribeRequest, String)] = [
      (CommonV1.SubscribeRequest(after: CommonV1.EventPosition(transaction: 1, sequence: -1)), "after.sequence"),
      (CommonV1.SubscribeRequest(after: CommonV1.EventPosition(transaction: .max, sequence: 1)), "after.transaction"),
      (CommonV1.SubscribeRequest(partitions: [0, 64]), "partitions"),
      (CommonV1.SubscribeRequest(partitions: [UInt32](repeating: 1, count: 65)), "partitions"),
      (CommonV1.SubscribeRequest(maxBatchSize: 1001), "max_batch_size"),
      (CommonV1.SubscribeRequest(subscriber: "No Spaces"), "subscriber"),
      (CommonV1.SubscribeRequest(subscriber: String(repeating: "a", count: 65)), "subscriber"),
    ]
    for (request, field) in requests {
      let error = #expect(throws: RPCError.self) { try Subscription(request) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message.hasPrefix(field + ": expected") == true)
    }
  }

  @Test("A dropped and an unknown position come out at the consumer as what they were at the owner")
  func errorsCrossTheWire() {
    for code in [EventLogError.Code.positionDropped, .positionUnknown] {
      let status = EventLogStatus.rpcError(for: EventLogError(code, "why"))
      let back = EventLogStatus.eventLogError(for: status) as? EventLogError
      #expect(back?.code == code)
      #expect(back?.message == "why")
    }
    #expect(EventLogStatus.rpcError(for: EventLogError(.closing, "why")).code == .unavailable)
    #expect(EventLogStatus.rpcError(for: CancellationError()).code == .cancelled)
    #expect(EventLogStatus.eventLogError(for: RPCError(code: .unavailable, message: "")) is RPCError)
  }
}
