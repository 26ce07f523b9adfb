internal import Synchronization

/// What streams of all partitions have read lately, so that the log is read once for those that follow it at its end.
///
/// A stretch holds every event between two positions, for good: nothing is added between them later. Who stands inside
/// of it may therefore take the rest of it. It is kept for a few seconds only, so that a log that was replaced by another
/// history of it (a failover that lost commits) is not told from memory.
final class RecentStretches: Sendable {
  /// Rows of one reading, the largest batch that a stream may ask for.
  static let limit = 1000
  private static let lifetime = Duration.seconds(5)
  /// An event's bytes besides its payload, about.
  private static let overhead = 80

  struct Entry {
    let after: EventPosition
    let stretch: FeedReader.Stretch
    /// Wake-ups before it was read.
    let generation: UInt64
    let readAt: ContinuousClock.Instant
    let bytes: Int
  }

  struct State {
    /// In the order in which they were read.
    var entries: [Entry] = []
    /// After these positions somebody reads now.
    var reading: Set<EventPosition> = []
  }

  private let maximumBytes: Int
  private let state = Mutex(State())
  private let done = WakeSignal()

  /// - Parameter maximumBytes: of all that is kept; the newest stretch is kept in any case.
  init(maximumBytes: Int) {
    self.maximumBytes = maximumBytes
  }

  /// The stretch after `position`: what is known of it, else what `read` finds. Of streams that ask at the same time one
  /// reads, the others wait for it.
  /// - Parameter generation: wake-ups before this was called. A stretch that was read before later ones may not be all
  ///   there is by now, and says that there is more.
  /// - Throws: what `read` throws; `CancellationError`.
  func stretch(
    after position: EventPosition, generation: UInt64, now: () -> ContinuousClock.Instant = { .now },
    _ read: () async throws -> FeedReader.Stretch
  ) async throws -> FeedReader.Stretch {
    while true {
      let seen = done.generation
      let since = now() - Self.lifetime
      switch state.withLock({ $0.turn(after: position, generation, since) }) {
      case .known(let stretch): return stretch
      case .mine: return try await lead(position, generation, now, read)
      case .another: try await done.wait(after: seen)
      }
    }
  }

  private func lead(
    _ position: EventPosition, _ generation: UInt64, _ now: () -> ContinuousClock.Instant,
    _ read: () async throws -> FeedReader.Stretch
  ) async throws -> FeedReader.Stretch {
    let result: Result<FeedReader.Stretch, any Error>
    do { result = .success(try await read()) } catch { result = .failure(error) }
    state.withLock { state in
      state.reading.remove(position)
      switch result {
      case .success(let stretch):
        state.keep(
          Entry(
            after: position, stretch: stretch, generation: generation, readAt: now(),
            bytes: stretch.events.reduce(0) { $0 + $1.payload.count + Self.overhead }),
          maximumBytes: maximumBytes, since: now() - Self.lifetime)
      case .failure:
        // The server may come back as another one.
        state.entries = []
      }
    }
    done.wake()
    return try result.get()
  }
}

extension RecentStretches.State {
  enum Turn {
    case known(FeedReader.Stretch)
    case mine
    case another
  }

  mutating func turn(
    after position: EventPosition, _ generation: UInt64, _ since: ContinuousClock.Instant
  ) -> Turn {
    if let known = known(after: position, generation, since) { return .known(known) }
    return reading.insert(position).inserted ? .mine : .another
  }

  private func known(
    after position: EventPosition, _ generation: UInt64, _ since: ContinuousClock.Instant
  ) -> FeedReader.Stretch? {
    guard
      let entry = entries.last(where: {
        $0.after <= position && position < $0.stretch.end && $0.readAt >= since
      })
    else { return nil }
    var stretch = entry.stretch
    if entry.after < position { stretch.events.removeAll { $0.position <= position } }
    stretch.hasMore = stretch.hasMore || entry.generation != generation
    return stretch
  }

  mutating func keep(
    _ entry: RecentStretches.Entry, maximumBytes: Int, since: ContinuousClock.Instant
  ) {
    entries.removeAll { $0.readAt < since }
    guard entry.after < entry.stretch.end else { return }
    entries.append(entry)
    var bytes = entries.reduce(0) { $0 + $1.bytes }
    while bytes > maximumBytes, entries.count > 1 { bytes -= entries.removeFirst().bytes }
  }
}
