internal import Synchronization

/// Lets at most so many tasks at once through; the others wait in order. A waiting task may be cancelled.
final class TurnQueue: Sendable {
  private struct State {
    var free: Int
    var nextID: UInt64 = 0
    var waiters: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
    /// Cancelled before they began to wait.
    var cancelled: Set<UInt64> = []
  }

  private let state: Mutex<State>
  private let maximumWaiting: Int

  /// Too many tasks wait already.
  struct Full: Error {}

  init(limit: Int, maximumWaiting: Int = 10_000) {
    state = Mutex(State(free: max(1, limit)))
    self.maximumWaiting = maximumWaiting
  }

  /// Runs `body` when it is this task's turn.
  ///
  /// - Throws: `Full`, `CancellationError`, and what `body` throws.
  func withTurn<Result>(_ body: () async throws -> Result) async throws -> Result {
    try await wait()
    defer { pass() }
    return try await body()
  }

  private func wait() async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    defer { state.withLock { _ = $0.cancelled.remove(id) } }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let outcome: Result<Void, any Error>? = state.withLock { state in
          if state.cancelled.contains(id) { return .failure(CancellationError()) }
          if state.free > 0 {
            state.free -= 1
            return .success(())
          }
          guard state.waiters.count < maximumWaiting else { return .failure(Full()) }
          state.waiters.append((id, continuation))
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        if let index = state.waiters.firstIndex(where: { $0.id == id }) {
          return Optional(state.waiters.remove(at: index).continuation)
        }
        state.cancelled.insert(id)
        return nil
      }
      waiter?.resume(throwing: CancellationError())
    }
  }

  private func pass() {
    let next = state.withLock { state in
      if state.waiters.isEmpty {
        state.free += 1
        return CheckedContinuation<Void, any Error>?.none
      }
      return state.waiters.removeFirst().continuation
    }
    next?.resume()
  }
}
