internal import HTTPTypes

/// Lets only those through whom the route admits.
package struct Admission: Middleware {
  package init() {}

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    if request.route.access == .anyone { return try await next(request) }
    guard let principal = request.principal else { throw Problem.unauthenticated }
    switch request.route.access {
    case .admin where !principal.isAdmin:
      throw Problem(.forbidden, .forbidden, "this needs the token of an operator")
    case .subscriber where principal.subscriber == nil:
      throw Problem(.forbidden, .forbidden, "this needs the token of a subscriber")
    default: return try await next(request)
    }
  }
}
