internal import EventLog

/// The lines of an event stream that are no events (HTML standard §9.2.6).
enum LiveText {
  /// How long a client waits before it comes back; more, at random, when all come back at once. Milliseconds.
  private static let retry = 2000
  private static let spread = 500...8000

  /// The first lines. A position becomes the client's last event id, so that also one that has seen no event misses none.
  static func greeting(_ position: EventPosition?) -> String {
    "retry: \(retry)\n" + id(position) + "\n"
  }

  /// A comment, which clients skip.
  static func heartbeat(_ position: EventPosition?) -> String { ":\n" + id(position) + "\n" }

  static func reset(_ position: EventPosition) -> String { id(position) + "event: reset\ndata: {}\n\n" }

  static func farewell() -> String { "retry: \(Int.random(in: spread))\n\n" }

  private static func id(_ position: EventPosition?) -> String {
    position.map { "id: \(EventID.text($0))\n" } ?? ""
  }
}
