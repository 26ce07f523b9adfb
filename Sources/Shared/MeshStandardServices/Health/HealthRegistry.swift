package import MeshMessages
internal import Synchronization

/// What a server says of its services' health. Usable from any thread.
///
/// The empty name stands for the server as a whole and is SERVING from the start.
package final class HealthRegistry: Sendable {
  package typealias Status = GrpcHealthV1.HealthCheckResponse.ServingStatus

  private struct Watcher {
    let service: String
    let updates: AsyncStream<Status>.Continuation
  }

  private struct State {
    var statuses: [String: Status] = ["": .serving]
    var watchers: [UInt64: Watcher] = [:]
    var nextID: UInt64 = 0
    var isDraining = false
  }

  private let state = Mutex(State())

  /// - Parameter services: full names that are SERVING from the start.
  package init(serving services: [String] = []) {
    state.withLock { state in
      for service in services { state.statuses[service] = .serving }
    }
  }

  /// The state of a service; nil when it is unknown.
  package func status(of service: String) -> Status? { state.withLock { $0.statuses[service] } }

  /// The states of all services.
  package var statuses: [String: Status] { state.withLock { $0.statuses } }

  /// Calls of Watch that are under way.
  package var watcherCount: Int { state.withLock { $0.watchers.count } }

  /// Whether `drain` was called.
  package var isDraining: Bool { state.withLock { $0.isDraining } }

  /// Sets the state of a service and tells its watchers. After `drain` it does nothing: what is going down serves no
  /// more, whatever a part of it still finds.
  package func set(_ service: String, _ status: Status) {
    state.withLock { state in
      guard !state.isDraining, state.statuses[service] != status else { return }
      state.statuses[service] = status
      Self.tell(&state, of: service, status)
    }
  }

  /// Forgets a service: its watchers hear SERVICE_UNKNOWN.
  package func remove(_ service: String) {
    state.withLock { state in
      guard !state.isDraining, state.statuses.removeValue(forKey: service) != nil else { return }
      Self.tell(&state, of: service, .serviceUnknown)
    }
  }

  /// Sets everything to NOT_SERVING for good, and ends every watch behind that word: an open watch would hold up the
  /// end of its connection.
  package func drain() {
    let watchers = state.withLock { state -> [Watcher] in
      guard !state.isDraining else { return [] }
      state.isDraining = true
      for service in state.statuses.keys { state.statuses[service] = .notServing }
      defer { state.watchers.removeAll() }
      return Array(state.watchers.values)
    }
    // Outside the lock: the end of a stream calls back. Nobody else yields to these any more.
    for watcher in watchers {
      if status(of: watcher.service) != nil { watcher.updates.yield(.notServing) }
      watcher.updates.finish()
    }
  }

  /// The present state at once, then each later one; of several that nobody has taken yet only the last is kept. Ends
  /// when the registry drains. Whoever stops reading is forgotten.
  package func watch(_ service: String) -> AsyncStream<Status> {
    let (stream, updates) = AsyncStream.makeStream(of: Status.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state -> UInt64? in
      updates.yield(state.statuses[service] ?? .serviceUnknown)
      guard !state.isDraining else { return nil }
      state.nextID += 1
      state.watchers[state.nextID] = Watcher(service: service, updates: updates)
      return state.nextID
    }
    guard let id else {
      updates.finish()
      return stream
    }
    updates.onTermination = { [weak self] _ in self?.forget(id) }
    return stream
  }

  private func forget(_ id: UInt64) {
    // The watcher is released outside the lock: its end may call back.
    let watcher = state.withLock { $0.watchers.removeValue(forKey: id) }
    _ = watcher
  }

  private static func tell(_ state: inout State, of service: String, _ status: Status) {
    for watcher in state.watchers.values where watcher.service == service { watcher.updates.yield(status) }
  }
}
