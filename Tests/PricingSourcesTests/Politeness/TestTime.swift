import Synchronization

/// Time that a test moves.
final class TestTime: Sendable {
  private let value = Mutex(Duration.zero)

  var now: Duration { value.withLock { $0 } }

  func advance(by duration: Duration) { value.withLock { $0 += duration } }
}
