package import PostgresClient

/// An event as its owner's log has it.
package struct StoredEvent: Sendable {
  package var position: EventPosition
  /// 0 to 63.
  package var partition: Int
  /// When it was appended, by the database's clock.
  package var occurredAt: Timestamp
  package var payload: [UInt8]

  package init(position: EventPosition, partition: Int, occurredAt: Timestamp, payload: [UInt8]) {
    self.position = position
    self.partition = partition
    self.occurredAt = occurredAt
    self.payload = payload
  }
}

/// What a stream sends at a time.
package struct FeedBatch: Sendable {
  /// In order; empty where only `horizon` is news, or as a sign of life.
  package var events: [StoredEvent]
  /// Every event of the stream's partitions up to here has been sent. It is the position of an event of any partition,
  /// so that a stream whose partitions are quiet advances with the rest.
  package var horizon: EventPosition
  /// About how many events the log has behind `horizon`, those of other partitions included.
  package var backlog: Int64
}
