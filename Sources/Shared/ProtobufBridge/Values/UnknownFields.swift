/// Fields on the wire that the message type does not have: kept as they came, so that a newer sender's data survives
/// an older relay.
@usableFromInline
package struct UnknownFields: Sendable, Hashable {
  /// Tags and values in the order received, as on the wire.
  @usableFromInline
  package internal(set) var bytes: [UInt8]

  @inlinable
  package init() { bytes = [] }

  @usableFromInline
  init(bytes: [UInt8]) { self.bytes = bytes }

  package var isEmpty: Bool { bytes.isEmpty }
}
