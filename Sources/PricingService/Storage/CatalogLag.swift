internal import Synchronization

/// How far behind the catalogue's events this process is, as its last batch showed.
package final class CatalogLag: Sendable {
  private let last = Mutex<(age: Duration, seen: ContinuousClock.Instant)?>(nil)

  package init() {}

  /// Takes note of a batch whose newest event was so old when it was applied.
  func note(age: Duration) { last.withLock { $0 = (max(.zero, age), .now) } }

  /// Zero once nothing has come for a while: whoever is behind is sent one batch after the other.
  package var current: Duration {
    last.withLock { last in
      guard let last, ContinuousClock.now - last.seen < .seconds(5) else { return .zero }
      return last.age
    }
  }
}
