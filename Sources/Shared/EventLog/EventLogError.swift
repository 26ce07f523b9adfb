internal import PostgresClient

/// Why a log cannot be written, read or followed. `description` is safe to log.
package struct EventLogError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure; open, so that a `switch` needs a `default`.
  package struct Code: Hashable, Sendable, CustomStringConvertible {
    package var description: String
    private init(_ description: String) { self.description = description }

    /// Events behind the position have been dropped: there is a gap that reading on would hide.
    package static let positionDropped = Code("position dropped")
    /// The log has no such position: it belongs to another log, or the owner's database was restored from a backup.
    package static let positionUnknown = Code("position unknown")
    /// A partition, a batch size, a name or a payload is out of its range.
    package static let invalidArgument = Code("invalid argument")
    /// Another process holds the partition now; nothing was applied.
    package static let leaseLost = Code("lease lost")
    /// The owner sent what it must not: positions that do not rise, a partition that was not asked for.
    package static let invalidDelivery = Code("invalid delivery")
    /// The owner's process is ending.
    package static let closing = Code("closing")
    /// The schema's tables for events are missing or incomplete.
    package static let schema = Code("schema")
  }

  package var code: Code
  /// What happened and what to do about it; safe to log.
  package var message: String
  package var cause: (any Error)?

  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  package var description: String {
    var text = "\(code): \(message)"
    if let cause = cause as? PostgresError {
      text += "; cause: \(cause)"
    } else if let cause {
      text += "; cause: \(type(of: cause))"
    }
    return text
  }

  static func dropped(_ position: EventPosition, floor: EventPosition) -> EventLogError {
    EventLogError(
      .positionDropped,
      "events up to \(floor) have been dropped, and the position asked after, \(position), is before that: rebuild what "
        + "follows from these events from their owner's state, then move the cursor")
  }

  static func unknown(_ position: EventPosition) -> EventLogError {
    EventLogError(
      .positionUnknown,
      "this log has never had an event at \(position): it is another log, or was restored from a backup; rebuild what "
        + "follows from its events from their owner's state, then reset the cursor")
  }
}
