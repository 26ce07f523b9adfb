internal import HTTPTypes
internal import MeshMessages

/// Signing in and out.
struct SessionRoutes {
  let own: OwnAccount

  private var parts: AccountParts { own.parts }

  private static let id = Parameter<Int64>.id("id", in: .path, "The session's id.")

  var routes: [Route] {
    [
      Route(
        .post, "/v1/sessions", "signIn", tag: "accounts",
        "Signs in: gives a bearer token, or with cookie a cookie that scripts cannot read.", limit: .auth,
        body: .fields(["email", "password", "cookie"], of: EdgeV1.CreateSessionRequest.layout), status: .created,
        response: .message(EdgeV1.CreateSessionResponse.layout), handler: create),
      Route(
        .get, "/v1/sessions", "listSessions", tag: "accounts", "The account's sessions, newest first.",
        access: .account, freshness: .privateRevalidated, response: .message(EdgeV1.ListSessionsResponse.layout),
        handler: list),
      Route(
        .get, "/v1/sessions/current", "getSession", tag: "accounts",
        "The session that asks, its account, and the CSRF token that goes with its cookie.", access: .account,
        freshness: .privateRevalidated, response: .message(EdgeV1.CurrentSession.layout), handler: current),
      Route(
        .delete, "/v1/sessions", "endOtherSessions", tag: "accounts", "Ends all sessions but the one that asks.",
        access: .account, status: .noContent, response: .nothing, handler: endOthers),
      Route(
        .delete, "/v1/sessions/current", "signOut", tag: "accounts", "Signs out.", access: .account,
        status: .noContent, response: .nothing, handler: signOut),
      Route(
        .delete, "/v1/sessions/{id}", "endSession", tag: "accounts", "Ends one of the account's sessions.",
        access: .account, parameters: [Self.id.declaration], status: .noContent, response: .nothing, handler: end),
    ]
  }

  /// The same whatever is wrong.
  static let refused = Problem(
    .unauthorized, .unauthenticated,
    "address or password is wrong, the address is not verified yet, or it was tried too often"
  ).with(.wwwAuthenticate, "Bearer realm=\"fiyatradari\"")

  @Sendable private func create(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, _) = try await request.message(EdgeV1.CreateSessionRequest.self, ["email", "password", "cookie"])
    // Another site must not sign a browser in as somebody else, whose account then gets what the person does.
    if wish.cookie, !parts.identity.pages.isOwn(request.head) { throw CrossSiteChecks.foreign }
    let signedIn = try await own.signIn(
      email: wish.email, password: wish.password, byCookie: wish.cookie, request)
    guard let signedIn else { throw Self.refused }
    let answer = EdgeV1.CreateSessionResponse(
      token: wish.cookie ? "" : signedIn.token.text,
      csrfToken: wish.cookie ? try parts.identity.csrfToken(signedIn.session.id) : "",
      session: signedIn.session.message(current: signedIn.session.id), account: signedIn.account.message)
    var response = try GatewayJSON.response(answer, status: .created)
    if wish.cookie { response.fields[.setCookie] = parts.identity.cookie.setting(signedIn.token) }
    return response
  }

  @Sendable private func list(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (account, session) = try request.signedIn()
    let sessions = try await parts.sessions.list(of: account).map { $0.message(current: session) }
    return try GatewayJSON.response(EdgeV1.ListSessionsResponse(sessions: sessions))
  }

  @Sendable private func current(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (id, session) = try request.signedIn()
    guard let account = try await parts.accounts.find(id),
      let record = try await parts.sessions.find(session, of: id)
    else { throw Problem.unauthenticated }
    return try GatewayJSON.response(
      EdgeV1.CurrentSession(
        session: record.message(current: session), account: account.message,
        csrfToken: try parts.identity.csrfToken(session)))
  }

  @Sendable private func endOthers(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (account, session) = try request.signedIn()
    try await own.endOtherSessions(of: account, but: session)
    return .noContent
  }

  @Sendable private func signOut(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (account, session) = try request.signedIn()
    // One that is gone by now has what it wanted.
    try await own.endSession(session, of: account)
    var response = GatewayResponse.noContent
    response.fields[.setCookie] = parts.identity.cookie.removal
    return response
  }

  @Sendable private func end(_ request: GatewayRequest) async throws -> GatewayResponse {
    let id = try request.required(Self.id)
    guard try await own.endSession(id, of: try request.signedIn().account) else { throw Problem.noSuchThing }
    return .noContent
  }
}

extension Problem {
  /// The same for what is not there and what is somebody else's.
  static let noSuchThing = Problem(.notFound, .notFound, "there is no such thing")
}
