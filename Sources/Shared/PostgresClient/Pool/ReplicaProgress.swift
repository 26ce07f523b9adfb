/// How far a replica is behind its primary, by where their logs were. Times are those of one clock, in nanoseconds.
///
/// The primary's log was at some place when it was asked. Once the replica has replayed to there, it shows all that was
/// committed before the question. So no two machines' clocks are compared, and a primary that writes nothing leaves no
/// replica behind.
struct ReplicaProgress {
  struct Mark: Equatable {
    /// When the primary was asked.
    let asked: UInt64
    /// Where its log was then, or a little later.
    let position: Int64
  }

  /// Marks kept at most; with more, every second one is forgotten, which makes `lag` no smaller.
  static let capacity = 64

  /// What the replica has not replayed yet, the oldest first.
  private(set) var ahead: [Mark] = []
  /// The last moment that the replica is known to show.
  private(set) var shown: UInt64?
  private var replayed: Int64?

  mutating func primaryWas(at position: Int64, asked: UInt64) {
    if let replayed, position <= replayed {
      shown = max(shown ?? 0, asked)
    } else {
      ahead.append(Mark(asked: asked, position: position))
      if ahead.count > Self.capacity {
        ahead = ahead.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
      }
    }
  }

  mutating func replicaHas(_ position: Int64) {
    replayed = position
    let reached = ahead.prefix { $0.position <= position }
    if let last = reached.last { shown = max(shown ?? 0, last.asked) }
    ahead.removeFirst(reached.count)
  }

  /// The replica shows all that was committed longer ago than this; 0 when it lacks nothing that is known of.
  ///
  /// - Returns: nil while nothing is known.
  func lag(at now: UInt64) -> UInt64? {
    guard let shown else { return nil }
    return ahead.isEmpty ? 0 : now - min(now, shown)
  }
}
