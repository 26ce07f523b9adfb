internal import HTTPTypes

/// Lets only those through whom the route admits.
package struct Admission: Middleware {
  package init() {}

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    if request.hasWrongKey { throw Problem.wrongKey }
    let access = request.route.access
    if access == .anyone { return try await next(request) }
    guard let principal = request.principal else { throw Problem.unauthenticated }
    if let refusal = Self.refusal(of: principal, access, isRead: request.isRead) { throw refusal }
    return try await next(request)
  }

  /// Why somebody is not admitted; nil for who is.
  static func refusal(of principal: Principal, _ access: Route.Access, isRead: Bool) -> Problem? {
    switch access {
    case .anyone: return nil
    case .subscriber(let scope):
      if principal.subscriber == nil { return forbidden("this needs the token of a subscriber") }
      return missing(scope, principal)
    case .account:
      return principal.session == nil ? forbidden("this needs the token of a session: sign in") : nil
    case .operator, .admin:
      let role: Role = access == .operator ? .operator : .admin
      if principal.role < role { return forbidden("this needs the role of an \(role)") }
      return missing(isRead ? .adminRead : .adminWrite, principal)
    }
  }

  private static func missing(_ scope: Scope, _ principal: Principal) -> Problem? {
    principal.scopes.contains(scope) ? nil : forbidden("this needs an API key with the scope \(scope.rawValue)")
  }

  private static func forbidden(_ detail: String) -> Problem { Problem(.forbidden, .forbidden, detail) }
}
