/// A route as requests refer to it: one object for all of them, with what follows from the route worked out once.
package final class KnownRoute: Sendable {
  package let route: Route
  /// Its place among the router's; nil for one that was made for a single request.
  let index: Int?
  /// As `Route.pathParameters`.
  let pathNames: [String]
  /// The names of the parameters that a query may have.
  let queryNames: [String]
  /// Where those parameters stand that must be looked at even if there is no query.
  let unconditional: [Int]

  package init(_ route: Route, index: Int? = nil) {
    self.route = route
    self.index = index
    pathNames = route.pathParameters
    queryNames = route.parameters.filter { $0.place == .query }.map(\.name)
    unconditional = route.parameters.indices.filter {
      route.parameters[$0].place != .query || route.parameters[$0].isRequired
    }
  }
}
