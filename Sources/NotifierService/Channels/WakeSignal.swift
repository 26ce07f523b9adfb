internal import Synchronization

/// Wakes one task that waits for work. A signal that comes while nobody waits is kept.
final class WakeSignal: Sendable {
  private struct State {
    var isSet = false
    var isCancelled = false
    var waiter: UnsafeContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  func signal() { resume { $0.isSet = true } }

  private func resume(_ change: (inout State) -> Void) {
    let waiter = state.withLock { state in
      change(&state)
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Returns at a signal, after `limit`, or when the task is cancelled. For one task at a time.
  func wait(atMost limit: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.wait() }
      group.addTask {
        // Cancelled when the signal came first.
        try? await Task.sleep(for: limit)
      }
      _ = await group.next()
      group.cancelAll()
    }
  }

  private func wait() async {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let isReady = state.withLock { state in
          if state.isSet || state.isCancelled {
            state.isSet = false
            state.isCancelled = false
            return true
          }
          state.waiter = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      resume { if $0.waiter == nil { $0.isCancelled = true } }
    }
  }
}
