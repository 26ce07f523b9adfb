internal import NIOConcurrencyHelpers

/// Wakes tasks that wait for news. A wake-up between looking and waiting is not lost: waiters say what they saw last.
package final class WakeSignal: Sendable {
  private struct State {
    var generation: UInt64 = 0
    var lastID: UInt64 = 0
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var cancelled: Set<UInt64> = []
  }

  private let state = NIOLockedValueBox(State())

  package init() {}

  /// Rises with each wake-up.
  package var generation: UInt64 { state.withLockedValue { $0.generation } }

  /// Wakes all who wait.
  package func wake() {
    let waiters = state.withLockedValue { state in
      state.generation &+= 1
      defer { state.waiters = [:] }
      return state.waiters
    }
    for waiter in waiters.values { waiter.resume() }
  }

  /// Returns when there has been a wake-up after `seen`.
  /// - Throws: `CancellationError`.
  package func wait(after seen: UInt64) async throws {
    let id = state.withLockedValue { state in
      state.lastID += 1
      return state.lastID
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLockedValue { state in
          if state.generation != seen || state.cancelled.contains(id) { return true }
          state.waiters[id] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLockedValue { state in
        state.cancelled.insert(id)
        return state.waiters.removeValue(forKey: id)
      }
      waiter?.resume()
    }
    state.withLockedValue { _ = $0.cancelled.remove(id) }
    try Task.checkCancellation()
  }

  /// Returns when there has been a wake-up after `seen`, or the time is over.
  /// - Throws: `CancellationError`.
  package func wait(after seen: UInt64, timeout: Duration) async throws {
    guard generation == seen else { return try Task.checkCancellation() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.wait(after: seen) }
      group.addTask { try await Task.sleep(for: timeout) }
      _ = try await group.next()
      group.cancelAll()
    }
  }
}
