internal import DequeModule
internal import NIOCore

/// The submissions on one connection whose replies are awaited, in the order of their replies.
///
/// One place for a call or for a whole batch. A submission that timed out or was cancelled keeps its place without a
/// completion: its replies will come, and must be dropped rather than go to its neighbour.
struct PendingReplies<Completion> {
  struct Entry {
    let id: UInt64
    let written: NIODeadline
    let deadline: NIODeadline
    /// How many replies are still to come, this one counted.
    var replies: Int
    var completion: Completion?
  }

  private var entries = Deque<Entry>(minimumCapacity: 64)
  /// No live entry's deadline is earlier; it may be too early, never too late.
  private(set) var earliestDeadline: NIODeadline?
  /// Replies that are awaited, those that will be dropped too.
  private(set) var count = 0

  /// When the oldest place was written: how long the server has owed a reply.
  var oldestWritten: NIODeadline? { entries.first?.written }

  /// - Parameter replies: how many there will be, at least one.
  mutating func append(
    id: UInt64, written: NIODeadline, deadline: NIODeadline, replies: Int = 1, completion: Completion
  ) {
    entries.append(Entry(id: id, written: written, deadline: deadline, replies: replies, completion: completion))
    count += replies
    if earliestDeadline.map({ deadline < $0 }) ?? true { earliestDeadline = deadline }
  }

  /// The place that the next reply belongs to; nil when none is awaited. Without a completion, drop the reply. The
  /// place goes with its last reply.
  mutating func takeReply() -> Entry? {
    guard count > 0 else { return nil }
    count -= 1
    let index = entries.startIndex
    if entries[index].replies == 1 { return entries.removeFirst() }
    entries[index].replies -= 1
    return entries[index]
  }

  /// Takes the completions of all whose deadline has come; their places stay.
  mutating func expire(at now: NIODeadline) -> [Completion] {
    abandon { $0.deadline <= now }
  }

  /// Takes the completions of the submissions with these ids; their places stay.
  mutating func cancel(_ ids: Set<UInt64>) -> [Completion] {
    abandon { ids.contains($0.id) }
  }

  /// Takes all completions and places, for a connection that ended.
  mutating func removeAll() -> [Completion] {
    let completions = entries.compactMap(\.completion)
    entries.removeAll(keepingCapacity: false)
    count = 0
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
