/// What a balancer says to a call.
package enum Pick<ID: Hashable & Sendable>: Sendable, Hashable {
  /// Use this endpoint.
  case endpoint(ID)
  /// Wait: an endpoint is being connected to, or could be.
  case wait
  /// All endpoints have failed: a call that doesn't wait for ready ends with UNAVAILABLE.
  case fail
}

/// The endpoints of a service and the policy that chooses among them. A value without I/O: the channel that owns it
/// tells it the endpoints, and what state each is in when it asks.
package struct Balancer<ID: Hashable & Sendable>: Sendable {
  private enum Picker: Sendable {
    case pickFirst(PickFirst<ID>)
    case roundRobin(RoundRobin<ID>)
    case leastOutstanding(LeastOutstanding<ID>)
  }

  private var picker: Picker

  /// The endpoints in the resolver's order, each once.
  package private(set) var endpoints: [ID] = []

  package let policy: LoadBalancingPolicy

  package init(_ policy: LoadBalancingPolicy) {
    self.policy = policy
    switch policy {
    case .pickFirst: picker = .pickFirst(PickFirst())
    case .roundRobin: picker = .roundRobin(RoundRobin())
    case .leastOutstanding: picker = .leastOutstanding(LeastOutstanding())
    }
  }

  /// Takes over a new result of the resolver; one that was there and stays keeps its part. Repeated ones count once.
  package mutating func update(endpoints: [ID]) {
    var seen: Set<ID> = []
    self.endpoints = endpoints.filter { seen.insert($0).inserted }
  }

  /// Chooses an endpoint for a call.
  ///
  /// - Parameters:
  ///   - state: the state each endpoint shows (`ConnectivityState.shown(after:)`).
  ///   - outstanding: the calls running on an endpoint; asked by `leastOutstanding` only.
  package mutating func pick(
    using generator: inout some RandomNumberGenerator, state: (ID) -> ConnectivityState, outstanding: (ID) -> Int
  ) -> Pick<ID> {
    let chosen: ID?
    switch picker {
    case .pickFirst(var picker):
      chosen = picker.pick(from: endpoints) { state($0) == .ready }
      self.picker = .pickFirst(picker)
    case .roundRobin(var picker):
      chosen = picker.pick(from: endpoints) { state($0) == .ready }
      self.picker = .roundRobin(picker)
    case .leastOutstanding(let picker):
      chosen = picker.pick(
        from: endpoints, using: &generator, isReady: { state($0) == .ready }, outstanding: outstanding)
    }
    if let chosen { return .endpoint(chosen) }
    return ConnectivityState.aggregate(endpoints.lazy.map(state)) == .transientFailure ? .fail : .wait
  }

  /// The endpoints to connect to now. `pickFirst` tries one after the other and none while one is ready or being
  /// tried; the others keep all endpoints connected. An endpoint in TRANSIENT_FAILURE is left alone until its backoff
  /// is over and its connection goes to IDLE.
  ///
  /// - Parameter state: the state that each connection is really in, not the one that it shows.
  package func endpointsToConnect(state: (ID) -> ConnectivityState) -> [ID] {
    guard policy == .pickFirst else { return endpoints.filter { state($0) == .idle } }
    var first: ID?
    for endpoint in endpoints {
      switch state(endpoint) {
      case .ready, .connecting: return []
      case .idle: if first == nil { first = endpoint }
      case .transientFailure, .shutdown: break
      }
    }
    return first.map { [$0] } ?? []
  }
}
