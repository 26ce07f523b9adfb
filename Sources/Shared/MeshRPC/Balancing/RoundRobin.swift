/// `round_robin`: the ready endpoints in turn.
package struct RoundRobin<ID: Hashable & Sendable>: Sendable {
  private var next = 0

  package init() {}

  /// The endpoint for a call, or nil when none is ready. Endpoints that are not ready are skipped; the turn goes on
  /// behind the one chosen.
  package mutating func pick(from endpoints: [ID], isReady: (ID) -> Bool) -> ID? {
    if next >= endpoints.count { next = 0 }
    for index in [next..<endpoints.count, 0..<next].joined() where isReady(endpoints[index]) {
      next = index + 1
      return endpoints[index]
    }
    return nil
  }
}
