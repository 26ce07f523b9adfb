/// A change that others must know of.
package struct OutboxEvent: Sendable {
  /// The bytes that one payload may have. A message of a stream holds at least one event, and gRPC's own limit for a
  /// message is 4 MiB.
  package static let maximumPayloadSize = 1 << 20

  /// Whom the change is about: events of one key reach each consumer in the order in which they were appended.
  package var key: Int64
  /// The serialized event of the service's contract, without its position.
  package var payload: [UInt8]

  package init(key: Int64, payload: [UInt8]) {
    self.key = key
    self.payload = payload
  }
}
