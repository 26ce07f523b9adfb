internal import Synchronization

/// Lets one of those who want the same thing at the same time fetch it, and gives it to all.
///
/// It is fetched in the task of the first that asks; when that one is cancelled, one of those who wait goes on.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private typealias Outcome = Result<Value, any Error>

  private struct Waiting {
    var continuations: [UInt64: UnsafeContinuation<Outcome?, Never>] = [:]
  }

  private let flights = Mutex<[Key: Waiting]>([:])
  /// Names those who wait, over all flights: one may come to wait for the next flight of its key.
  private let lastWaiter = Atomic<UInt64>(0)

  /// How many wait for others at the moment.
  var waitingCount: Int { flights.withLock { $0.values.reduce(0) { $0 + $1.continuations.count } } }

  private enum Role { case fetch, wait }

  /// - Parameter onJoin: called when another one's fetching is waited for.
  /// - Throws: what the one that fetched threw, or `CancellationError`.
  func run(
    _ key: Key, onJoin: () -> Void, _ fetch: nonisolated(nonsending) () async throws -> Value
  ) async throws -> Value {
    while true {
      try Task.checkCancellation()
      let role = flights.withLock { flights -> Role in
        guard flights[key] != nil else {
          flights[key] = Waiting()
          return .fetch
        }
        return .wait
      }
      switch role {
      case .fetch:
        do {
          let value = try await fetch()
          land(key, .success(value))
          return value
        } catch {
          // Nil wakes those who wait, and the first of them fetches.
          land(key, Task.isCancelled ? nil : .failure(error))
          throw error
        }
      case .wait:
        onJoin()
        let id = lastWaiter.add(1, ordering: .relaxed).newValue
        if let outcome = await wait(key, id) { return try outcome.get() }
      }
    }
  }

  private func land(_ key: Key, _ outcome: Outcome?) {
    let waiting = flights.withLock { $0.removeValue(forKey: key) }
    for continuation in (waiting?.continuations ?? [:]).values { continuation.resume(returning: outcome) }
  }

  /// Nil when it must be asked again: nothing was fetched, or this task is cancelled.
  private func wait(_ key: Key, _ id: UInt64) async -> Outcome? {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let waits = flights.withLock { flights in
          // It may have landed meanwhile.
          guard flights[key] != nil, !Task.isCancelled else { return false }
          flights[key]?.continuations[id] = continuation
          return true
        }
        if !waits { continuation.resume(returning: nil) }
      }
    } onCancel: {
      flights.withLock { $0[key]?.continuations.removeValue(forKey: id) }?.resume(returning: nil)
    }
  }
}
