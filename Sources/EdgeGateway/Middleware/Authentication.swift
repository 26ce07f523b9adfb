internal import HTTPTypes

/// Finds out who asks, where a route wants to know. It refuses nobody: that is `Admission`'s, behind the limits, so that
/// those who guess tokens are slowed down.
package struct Authentication: Middleware {
  private let tokens: AccessTokens

  package init(_ tokens: AccessTokens) { self.tokens = tokens }

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    guard request.route.access != .anyone, let header = request.head.headerFields[.authorization],
      let token = Self.bearer(header)
    else { return try await next(request) }
    var request = request
    request.principal = tokens.principal(of: token)
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
