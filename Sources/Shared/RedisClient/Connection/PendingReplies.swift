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

  /// The oldest place, of which some replies may have come; then the others.
  private var current: Entry?
  private var entries = Deque<Entry>(minimumCapacity: 64)
  /// No live entry's deadline is earlier; it may be too early, never too late.
  private(set) var earliestDeadline: NIODeadline?
  /// Replies that are awaited, those that will be dropped too.
  private(set) var count = 0

  /// When the oldest place was written: how long the server has owed a reply.
  var oldestWritten: NIODeadline? { current?.written ?? entries.first?.written }

  /// - Parameter replies: how many there will be, at least one.
  mutating func append(
    id: UInt64, written: NIODeadline, deadline: NIODeadline, replies: Int = 1, completion: Completion
  ) {
    entries.append(Entry(id: id, written: written, deadline: deadline, replies: replies, completion: completion))
    count += replies
    if earliestDeadline.map({ deadline < $0 }) ?? true { earliestDeadline = deadline }
  }

  /// Gives the next reply to the place that it belongs to; the place goes with its last reply.
  ///
  /// - Parameter body: gets the completion, without which the reply is to be dropped, and when it was written.
  /// - Returns: false when no reply is awaited.
  @inline(__always)
  mutating func takeReply(_ body: (Completion?, NIODeadline) -> Void) -> Bool {
    guard count > 0 else { return false }
    count -= 1
    guard current != nil || entries.first?.replies != 1 else {
      let entry = entries.removeFirst()
      body(entry.completion, entry.written)
      return true
    }
    if current == nil { current = entries.removeFirst() }
    let left = (current?.replies ?? 1) - 1
    current?.replies = left
    let written = current?.written ?? .now()
    if left == 0 {
      let last = current?.completion
      current = nil
      body(last, written)
    } else {
      body(current?.completion, written)
    }
    return true
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
    var completions = entries.compactMap(\.completion)
    if let first = current?.completion { completions.insert(first, at: 0) }
    current = nil
    entries.removeAll(keepingCapacity: false)
    count = 0
    earliestDeadline = nil
    return completions
  }

  private mutating func abandon(where condition: (Entry) -> Bool) -> [Completion] {
    var taken: [Completion] = []
    earliestDeadline = nil
    func look(at entry: inout Entry, _ earliest: inout NIODeadline?) {
      guard let completion = entry.completion else { return }
      if condition(entry) {
        entry.completion = nil
        taken.append(completion)
      } else {
        earliest = min(earliest ?? entry.deadline, entry.deadline)
      }
    }
    if var first = current {
      look(at: &first, &earliestDeadline)
      current = first
    }
    for index in entries.indices { look(at: &entries[index], &earliestDeadline) }
    return taken
  }
}
