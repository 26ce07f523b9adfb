internal import HTTPTypes
internal import Sodium

/// Refuses what another site has a browser do in its user's name: a cookie alone changes nothing.
///
/// Requests with a token of their own (bearer, API key) need no check: no other site has it.
package struct CrossSiteChecks: Middleware {
  private let identity: Identity

  package init(_ identity: Identity) { self.identity = identity }

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    guard let principal = request.principal, principal.isByCookie, !request.isRead, let session = principal.session
    else { return try await next(request) }
    guard identity.pages.isOwn(request.head) else { throw Self.foreign }
    let token = Array(try identity.csrfToken(session).utf8)
    guard let given = request.head.headerFields[.csrfToken], ConstantTime.isEqual(Array(given.utf8), token) else {
      throw Problem(
        .forbidden, Self.code, "with a cookie this needs X-CSRF-Token, which GET /v1/sessions/current gives")
    }
    return try await next(request)
  }

  static let code = Problem.Code("cross_site")
  static let foreign = Problem(.forbidden, code, "another site cannot do this")
}
