internal import HTTPTypes
internal import Sodium

/// Refuses what another site has a browser do in its user's name: a cookie alone changes nothing.
///
/// Requests with a token of their own (bearer, API key) need no check: no other site has it. Forms are looked at whoever
/// sends them: another site must not sign a browser in, either.
package struct CrossSiteChecks: Middleware {
  private let identity: Identity

  package init(_ identity: Identity) { self.identity = identity }

  package func concerns(_ route: Route) -> Bool {
    switch route.body {
    case .form?, .upload?: true
    default: route.access != .anyone
    }
  }

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    var request = request
    if case .form(let once, let many)? = request.route.body {
      guard identity.pages.isOwn(request.head) else { throw Self.foreign }
      request.form = try await request.formBody(once: once, many: many)
    }
    if case .upload(let fields, let file, let limit)? = request.route.body {
      guard identity.pages.isOwn(request.head) else { throw Self.foreign }
      (request.form, request.file) = try await request.uploadBody(fields, file: file, limit: limit)
    }
    // What anyone may do is done in nobody's name.
    guard request.route.access != .anyone, let principal = request.principal, principal.isByCookie, !request.isRead,
      let session = principal.session
    else { return try await next(request) }
    guard identity.pages.isOwn(request.head) else { throw Self.foreign }
    let token = Array(try identity.csrfToken(session).utf8)
    let given = request.head.headerFields[.csrfToken] ?? request.form[FormFields.csrf]
    guard ConstantTime.isEqual(Array(given.utf8), token) else {
      throw Problem(
        .forbidden, Self.code, "with a cookie this needs X-CSRF-Token, which GET /v1/sessions/current gives")
    }
    return try await next(request)
  }

  static let code = Problem.Code("cross_site")
  static let foreign = Problem(.forbidden, code, "another site cannot do this")
}
