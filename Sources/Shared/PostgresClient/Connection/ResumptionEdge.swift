internal import Synchronization

/// Orders what the I/O thread did before it resumed a task, and what the task does next, where ThreadSanitizer sees it.
///
/// The runtime orders the two by itself. But where a task is resumed before it has quite suspended, it does so by
/// atomics that are not instrumented, and every read of a result would look like a race.
struct ResumptionEdge: ~Copyable, Sendable {
  private let isResumed = Atomic<Bool>(false)

  /// Before the continuation is resumed.
  func release() { isResumed.store(true, ordering: .releasing) }

  /// First thing after the wait.
  func acquire() { _ = isResumed.load(ordering: .acquiring) }
}
