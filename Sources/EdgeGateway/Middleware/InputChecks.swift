internal import HTTPTypes

/// Checks all parameters against the route's declarations before the route looks at any, so that bad input leaves
/// nothing half done.
package struct InputChecks: Middleware {
  package init() {}

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    let known = request.known
    guard known.route.isPage else {
      try Self.check(request, known)
      return try await next(request)
    }
    var request = request
    request.query.keep { known.queryNames.contains($0) && !$1.isEmpty }
    try Self.check(request, known)
    return try await next(request)
  }

  private static func check(_ request: GatewayRequest, _ known: KnownRoute) throws {
    try checkNames(request.query, known.queryNames)
    if request.query.names.isEmpty {
      for index in known.unconditional { try check(request, known.route.parameters[index]) }
    } else {
      for parameter in known.route.parameters { try check(request, parameter) }
    }
  }

  private static func check(_ request: GatewayRequest, _ parameter: ParameterDeclaration) throws {
    if let text = request.text(of: parameter) {
      guard parameter.accepts(text) else { throw Problem.invalid(parameter.name, parameter.expected) }
    } else if parameter.isRequired {
      throw Problem.invalid(parameter.name, "is missing: \(parameter.expected)")
    }
  }

  private static func checkNames(_ query: QueryItems, _ known: [String]) throws {
    for name in query.names where !known.contains(name) {
      let shown = QueryItems.shown(name)
      let others = known.isEmpty ? "there are none here" : "there are \(known.joined(separator: ", "))"
      throw Problem(
        .badRequest, .unknownParameter, "\(shown): unknown parameter; \(others)", field: shown)
    }
  }
}
