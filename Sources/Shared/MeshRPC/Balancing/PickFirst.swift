/// `pick_first`: the first ready endpoint in order, kept while it is ready, though one before it may become ready too.
package struct PickFirst<ID: Hashable & Sendable>: Sendable {
  /// The endpoint in use.
  package private(set) var current: ID?

  package init() {}

  /// The endpoint for a call, or nil when none is ready.
  package mutating func pick(from endpoints: [ID], isReady: (ID) -> Bool) -> ID? {
    if let current, isReady(current), endpoints.contains(current) { return current }
    current = endpoints.first(where: isReady)
    return current
  }
}
