package import PostgresClient

/// An event as a consumer receives it.
package struct ReceivedEvent<Event: Sendable>: Sendable {
  package var position: EventPosition
  /// 0 to 63.
  package var partition: Int
  /// When it was appended, by the owner's clock; nil if the owner does not say.
  package var occurredAt: Timestamp?
  package var event: Event

  package init(position: EventPosition, partition: Int, occurredAt: Timestamp? = nil, event: Event) {
    self.position = position
    self.partition = partition
    self.occurredAt = occurredAt
    self.event = event
  }
}

/// What the owner sends at a time.
package struct EventDelivery<Event: Sendable>: Sendable {
  /// In order of their positions; may be empty.
  package var events: [ReceivedEvent<Event>]
  /// All events of the partitions that were asked for have been sent up to here.
  package var horizon: EventPosition
  /// About how many events the log has behind `horizon`; 0 if the owner does not say.
  package var backlog: Int64

  package init(events: [ReceivedEvent<Event>], horizon: EventPosition, backlog: Int64 = 0) {
    self.events = events
    self.horizon = horizon
    self.backlog = backlog
  }
}
