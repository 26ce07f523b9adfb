/// Where an event stands in its owner's log: ordered by transaction, then by sequence.
///
/// Positions of different logs, or of a database that was restored from a backup, cannot be compared.
package struct EventPosition: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// PostgreSQL's 64-bit id (`xid8`) of the transaction that wrote the event, or of a later one that had ended when the
  /// event was appended: see `Outbox`.
  package var transaction: UInt64
  /// The event's number: unique in the log, and rising in the order in which events were appended.
  package var sequence: Int64

  package init(transaction: UInt64, sequence: Int64) {
    self.transaction = transaction
    self.sequence = sequence
  }

  /// Before the first event of any log.
  package static let start = EventPosition(transaction: 0, sequence: 0)

  /// Behind the last event of any log: a subscription after it begins at the log's end.
  package static let end = EventPosition(transaction: UInt64(Int64.max), sequence: Int64.max)

  package static func < (left: EventPosition, right: EventPosition) -> Bool {
    (left.transaction, left.sequence) < (right.transaction, right.sequence)
  }

  /// `transaction/sequence`.
  package var description: String { "\(transaction)/\(sequence)" }
}
