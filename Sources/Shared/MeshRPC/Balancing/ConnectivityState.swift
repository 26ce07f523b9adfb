/// The state of a connection to an endpoint, or of a channel as a whole (gRPC's
/// `connectivity-semantics-and-api.md`).
package enum ConnectivityState: String, Sendable, Hashable, CaseIterable {
  /// Not connected and not trying to be.
  case idle = "IDLE"
  /// Trying to connect: name, socket, TLS, the peer's SETTINGS.
  case connecting = "CONNECTING"
  /// Connected; calls can be made.
  case ready = "READY"
  /// The last attempt failed; the next one waits for its backoff.
  case transientFailure = "TRANSIENT_FAILURE"
  /// Closed for good.
  case shutdown = "SHUTDOWN"

  /// The state of a channel whose endpoints are in these states: READY if any is, else CONNECTING if any is, else IDLE
  /// if any is, else TRANSIENT_FAILURE, so also without endpoints. Endpoints that are shut down don't count.
  package static func aggregate(_ states: some Sequence<ConnectivityState>) -> ConnectivityState {
    var isConnecting = false
    var isIdle = false
    for state in states {
      switch state {
      case .ready: return .ready
      case .connecting: isConnecting = true
      case .idle: isIdle = true
      case .transientFailure, .shutdown: break
      }
    }
    if isConnecting { return .connecting }
    return isIdle ? .idle : .transientFailure
  }

  /// The state that an endpoint shows to its channel when it reports `next` while it showed this one: an endpoint that
  /// failed shows TRANSIENT_FAILURE until it is READY, through all attempts in between. Otherwise calls to a service
  /// that is down would wait for attempt after attempt instead of failing (gRFC A62 has it for pick_first).
  package func shown(after next: ConnectivityState) -> ConnectivityState {
    switch (self, next) {
    case (.transientFailure, .connecting), (.transientFailure, .idle): .transientFailure
    default: next
    }
  }
}
