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

  /// Gives the next replies to the place that they belong to; the place goes with its last reply.
  ///
  /// - Parameters:
  ///   - limit: how many replies there are, at least one.
  ///   - body: gets the completion, without which the replies are to be dropped, when it was written, and how many of
  ///     the replies belong to it.
  /// - Returns: how many those are; 0 when no reply is awaited.
  @inline(__always)
  mutating func takeReplies(upTo limit: Int, _ body: (Completion?, NIODeadline, Int) -> Void) -> Int {
    guard count > 0 else { return 0 }
    if current == nil {
      let first = entries.removeFirst()
      if first.replies <= limit {
        count -= first.replies
        body(first.completion, first.written, first.replies)
        return first.replies
      }
      current = first
    }
    guard let first = current else { return 0 }
    let taken = min(limit, first.replies)
    count -= taken
    current = taken == first.replies ? nil : first
    current?.replies -= taken
    body(first.completion, first.written, taken)
    return taken
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
