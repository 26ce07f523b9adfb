internal import NIOCore

/// The commands on one connection whose replies are awaited, in the order of their replies.
///
/// A command that timed out or was cancelled keeps its place without a completion: its reply will come, and must be
/// dropped rather than go to its neighbour.
struct PendingReplies<Completion> {
  struct Entry {
    let id: UInt64
    let written: NIODeadline
    let deadline: NIODeadline
    var completion: Completion?
  }

  private var entries = CircularBuffer<Entry>(initialCapacity: 64)
  /// No live entry's deadline is earlier; it may be too early, never too late.
  private(set) var earliestDeadline: NIODeadline?

  /// Places that wait for a reply, abandoned ones too.
  var count: Int { entries.count }

  /// When the oldest place was written: how long the server has owed a reply.
  var oldestWritten: NIODeadline? { entries.first?.written }

  mutating func append(id: UInt64, written: NIODeadline, deadline: NIODeadline, completion: Completion) {
    entries.append(Entry(id: id, written: written, deadline: deadline, completion: completion))
    if earliestDeadline.map({ deadline < $0 }) ?? true { earliestDeadline = deadline }
  }

  /// The place that the next reply belongs to; nil when none is awaited. Without a completion, drop the reply.
  mutating func popFirst() -> Entry? {
    entries.popFirst()
  }

  /// Takes the completions of all whose deadline has come; their places stay.
  mutating func expire(at now: NIODeadline) -> [Completion] {
    abandon { $0.deadline <= now }
  }

  /// Takes the completions of the commands with these ids; their places stay.
  mutating func cancel(_ ids: Set<UInt64>) -> [Completion] {
    abandon { ids.contains($0.id) }
  }

  /// Takes all completions and places, for a connection that ended.
  mutating func removeAll() -> [Completion] {
    let completions = entries.compactMap(\.completion)
    entries.removeAll(keepingCapacity: false)
    earliestDeadline = nil
    return completions
  }

  private mutating func abandon(where condition: (Entry) -> Bool) -> [Completion] {
    var taken: [Completion] = []
    earliestDeadline = nil
    for index in entries.indices {
      guard let completion = entries[index].completion else { continue }
      if condition(entries[index]) {
        entries[index].completion = nil
        taken.append(completion)
      } else {
        let deadline = entries[index].deadline
        if earliestDeadline.map({ deadline < $0 }) ?? true { earliestDeadline = deadline }
      }
    }
    return taken
  }
}
