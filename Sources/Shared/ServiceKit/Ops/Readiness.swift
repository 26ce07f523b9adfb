internal import ProtobufBridge
internal import Synchronization

/// Whether the process takes requests: ready when it has started, its required checks are well, and it does not drain.
package final class Readiness: Sendable {
  package enum Phase: String, Sendable {
    case starting
    case running
    case draining
  }

  struct CheckState: Sendable, Equatable {
    var isRequired: Bool
    /// Nil when all is well.
    var failure: String?
  }

  private struct State {
    var phase = Phase.starting
    /// What it waits for while it starts.
    var waitingFor: String?
    var checks: [String: CheckState] = [:]
    var wasReady = false

    var isReady: Bool { phase == .running && !checks.values.contains { $0.isRequired && $0.failure != nil } }
  }

  private let state = Mutex(State())
  private let onChange: @Sendable (Bool) -> Void

  /// - Parameter onChange: told of each change of `isReady`, in the thread that brought it about.
  package init(onChange: @escaping @Sendable (Bool) -> Void = { _ in }) { self.onChange = onChange }

  package var isReady: Bool { state.withLock { $0.isReady } }
  package var phase: Phase { state.withLock { $0.phase } }

  func starting(_ waitingFor: String) { change { $0.waitingFor = waitingFor } }

  func running() {
    change { state in
      if state.phase == .starting { state.phase = .running }
      state.waitingFor = nil
    }
  }

  func drain() { change { $0.phase = .draining } }

  func set(_ check: String, isRequired: Bool, failure: String?) {
    change { $0.checks[check] = CheckState(isRequired: isRequired, failure: failure) }
  }

  func checkState(_ name: String) -> CheckState? { state.withLock { $0.checks[name] } }

  private func change(_ body: (inout State) -> Void) {
    let changed = state.withLock { state -> Bool? in
      body(&state)
      guard state.isReady != state.wasReady else { return nil }
      state.wasReady = state.isReady
      return state.wasReady
    }
    if let changed { onChange(changed) }
  }

  /// `{"ready":true,"phase":"running","checks":{"postgres":{"ok":true}}}`.
  ///
  /// - Parameter showsReasons: whether it says why checks fail, for operators; otherwise it says only that they do.
  package func report(showsReasons: Bool) -> [UInt8] {
    let state = state.withLock { $0 }
    var json = JSONWriter()
    json.beginObject()
    json.name("ready")
    json.bool(state.isReady)
    json.name("phase")
    json.string(state.phase.rawValue)
    if let waitingFor = state.waitingFor {
      json.name("waitingFor")
      json.string(waitingFor)
    }
    json.name("checks")
    json.beginObject()
    for (name, check) in state.checks.sorted(by: { $0.key < $1.key }) {
      json.name(name)
      json.beginObject()
      json.name("ok")
      json.bool(check.failure == nil)
      json.name("required")
      json.bool(check.isRequired)
      if showsReasons, let failure = check.failure {
        json.name("reason")
        json.string(failure)
      }
      json.endObject()
    }
    json.endObject()
    json.endObject()
    return json.bytes
  }
}
