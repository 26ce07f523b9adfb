internal import HTTPTypes

/// Checks all parameters against the route's declarations before the route looks at any, so that bad input leaves
/// nothing half done.
package struct InputChecks: Middleware {
  package init() {}

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    var request = request
    if request.route.isPage {
      let known = request.route.parameters.filter { $0.place == .query }.map(\.name)
      request.query.keep { known.contains($0) && !$1.isEmpty }
    }
    try Self.checkNames(request.query, of: request.route)
    for parameter in request.route.parameters {
      if let text = request.text(of: parameter) {
        guard parameter.accepts(text) else { throw Problem.invalid(parameter.name, parameter.expected) }
      } else if parameter.isRequired {
        throw Problem.invalid(parameter.name, "is missing: \(parameter.expected)")
      }
    }
    return try await next(request)
  }

  private static func checkNames(_ query: QueryItems, of route: Route) throws {
    let known = route.parameters.filter { $0.place == .query }.map(\.name)
    for name in query.names where !known.contains(name) {
      let shown = QueryItems.shown(name)
      let others = known.isEmpty ? "there are none here" : "there are \(known.joined(separator: ", "))"
      throw Problem(
        .badRequest, .unknownParameter, "\(shown): unknown parameter; \(others)", field: shown)
    }
  }
}
