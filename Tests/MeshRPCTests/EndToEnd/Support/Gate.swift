import MeshMessages
import Synchronization

/// A condition that becomes true once: tests wait for it instead of sleeping.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var nextID = 0
    var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
  }

  private let state = Mutex(State())

  var isOpen: Bool { state.withLock { $0.isOpen } }

  func open() {
    let waiters = state.withLock { state in
      state.isOpen = true
      defer { state.waiters.removeAll() }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns when the gate is open.
  ///
  /// - Throws: `CancellationError` when the task is cancelled first.
  func wait() async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let result: Result<Void, any Error>? = state.withLock { state in
          if state.isOpen { return .success(()) }
          if Task.isCancelled { return .failure(CancellationError()) }
          state.waiters[id] = continuation
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(throwing: CancellationError())
    }
  }
}

/// Waits until its task is cancelled, tells `observed` so, and throws on. Never returns: nobody opens its gate.
@discardableResult
func hang(_ observed: Gate) async throws -> Probe.Message {
  defer { observed.open() }
  try await Gate().wait()
  return Probe.Message()
}

/// Values that several tasks add to.
final class Recorder<Value: Sendable>: Sendable {
  private let state = Mutex<[Value]>([])

  var values: [Value] { state.withLock { $0 } }

  /// Adds a value and returns how many there are now.
  @discardableResult
  func add(_ value: Value) -> Int {
    state.withLock { values in
      values.append(value)
      return values.count
    }
  }
}
