package import EventLog
package import MeshMessages
package import PostgresClient

extension CommonV1.EventPosition {
  package init(_ position: EventPosition) {
    self.init(transaction: position.transaction, sequence: position.sequence)
  }
}

extension EventPosition {
  package init(_ message: CommonV1.EventPosition) {
    self.init(transaction: message.transaction, sequence: message.sequence)
  }
}

extension GoogleProtobuf.Timestamp {
  /// A finite time.
  package init(_ timestamp: PostgresClient.Timestamp) {
    let (seconds, rest) = timestamp.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    self.init(seconds: rest < 0 ? seconds - 1 : seconds, nanos: Int32((rest < 0 ? rest + 1_000_000 : rest) * 1000))
  }

  /// Nil where it is out of PostgreSQL's range.
  package var postgresTimestamp: PostgresClient.Timestamp? {
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, exceeded) = scaled.addingReportingOverflow(Int64(nanos) / 1000)
    return overflow || exceeded ? nil : PostgresClient.Timestamp(microseconds: sum)
  }
}
