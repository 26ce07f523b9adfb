/// Wakes one task that waits for work. A signal that comes while nobody waits is kept.
final class WorkSignal: Sendable {
  private let signals: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (signals, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  func signal() { continuation.yield() }

  /// Returns at a signal, after `limit`, or when the task is cancelled. For one task at a time.
  func wait(atMost limit: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [signals] in
        for await _ in signals { return }
      }
      group.addTask {
        // Cancelled when the signal came first.
        try? await Task.sleep(for: limit)
      }
      await group.next()
      group.cancelAll()
    }
  }
}
