internal import HTTPTypes

/// Lets only those through whom the route admits.
package struct Authentication: Middleware {
  private let tokens: AccessTokens

  package init(_ tokens: AccessTokens) { self.tokens = tokens }

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    if request.route.access == .anyone { return try await next(request) }
    guard let header = request.head.headerFields[.authorization], let token = Self.bearer(header),
      let principal = tokens.principal(of: token)
    else { throw Problem.unauthenticated }
    switch request.route.access {
    case .admin where !principal.isAdmin:
      throw Problem(.forbidden, .forbidden, "this needs the token of an operator")
    case .subscriber where principal.subscriber == nil:
      throw Problem(.forbidden, .forbidden, "this needs the token of a subscriber")
    default: break
    }
    var request = request
    request.principal = principal
    return try await next(request)
  }

  /// The token of `Bearer TOKEN` (RFC 6750 §2.1).
  static func bearer(_ header: String) -> String? {
    let parts = header.split(separator: " ", omittingEmptySubsequences: true)
    guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= 512 else { return nil }
    return String(parts[1])
  }
}

extension Problem {
  package static let unauthenticated = Problem(
    .unauthorized, .unauthenticated, "this needs a valid token: Authorization: Bearer TOKEN"
  ).with(.wwwAuthenticate, "Bearer realm=\"fiyatradari\"")
}
