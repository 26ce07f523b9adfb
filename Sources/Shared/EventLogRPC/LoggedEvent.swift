package import MeshMessages
package import ProtobufBridge

/// An event of a service's contract, as its log and its `Subscribe` carry it.
package protocol LoggedEvent: ProtobufMessage {
  var position: CommonV1.EventPosition? { get set }
  var occurredAt: GoogleProtobuf.Timestamp? { get set }
  var partition: UInt32 { get set }
}

/// The response of a service's `Subscribe`.
package protocol EventBatchMessage: ProtobufMessage {
  associatedtype Event: LoggedEvent
  var events: [Event] { get set }
  var horizon: CommonV1.EventPosition? { get set }
  var backlog: Int64 { get set }
}

extension CatalogV1.CatalogEvent: LoggedEvent {}
extension CatalogV1.SubscribeResponse: EventBatchMessage {}
extension PricingV1.PricingEvent: LoggedEvent {}
extension PricingV1.SubscribeResponse: EventBatchMessage {}
