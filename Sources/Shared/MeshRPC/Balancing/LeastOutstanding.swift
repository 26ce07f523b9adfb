/// Of two ready endpoints chosen at random the one with fewer calls running (Mitzenmacher, "The power of two choices
/// in randomized load balancing"): it steers around a slow endpoint, and unlike the choice of the least loaded of all
/// it doesn't send everything to one that just became ready.
package struct LeastOutstanding<ID: Hashable & Sendable>: Sendable {
  package init() {}

  /// The endpoint for a call, or nil when none is ready. Asks about two endpoints when both are ready, about all of
  /// them otherwise.
  package func pick(
    from endpoints: [ID], using generator: inout some RandomNumberGenerator, isReady: (ID) -> Bool,
    outstanding: (ID) -> Int
  ) -> ID? {
    guard endpoints.count > 1 else { return endpoints.first.flatMap { isReady($0) ? $0 : nil } }
    let pair = Self.pair(below: endpoints.count, using: &generator)
    if isReady(endpoints[pair.0]), isReady(endpoints[pair.1]) {
      return Self.lighter(endpoints[pair.0], endpoints[pair.1], outstanding)
    }
    let ready = endpoints.filter(isReady)
    guard ready.count > 1 else { return ready.first }
    let readyPair = Self.pair(below: ready.count, using: &generator)
    return Self.lighter(ready[readyPair.0], ready[readyPair.1], outstanding)
  }

  private static func lighter(_ first: ID, _ second: ID, _ outstanding: (ID) -> Int) -> ID {
    outstanding(second) < outstanding(first) ? second : first
  }

  /// Two different numbers below `count`, in any order, each pair as likely.
  private static func pair(
    below count: Int, using generator: inout some RandomNumberGenerator
  ) -> (Int, Int) {
    let first = Int.random(in: 0..<count, using: &generator)
    let other = Int.random(in: 0..<count - 1, using: &generator)
    return (first, other < first ? other : other + 1)
  }
}
