internal import HTTPTypes
internal import PostgresClient

/// An account's API keys and sessions.
struct KeyPages: Sendable {
  let own: OwnAccount
  let pages: PersonalPages

  private static let key = Parameter<Int64>.id("id", in: .path, "The key's id.")
  private static let session = Parameter<Int64>.id("id", in: .path, "The session's id.")
  private static let faults: [String: AccountPhrase] = [
    "name": .faultName, "scopes": .faultScopes, "days": .faultChoice, "": .faultKeyLimit,
  ]
  /// The newest ones; those that are in use are far fewer.
  private static let maximumShown = 100

  var routes: [Route] {
    [
      pages.page("/account/keys", "keys", "The account's API keys.") { request, context in
        try await list(
          FormMarkup(context: context), request, chosen: [Scope.read.rawValue],
          notice: try request.value(Notice.parameter))
      },
      pages.form(
        "/account/keys", "keys", "Makes an API key, which is shown this once.", fields: ["name", "days"],
        many: ["scope"], handler: create),
      pages.page(
        "/account/keys/{id}/revoke", "revokeKey", "Asks whether a key shall be of no use any more.",
        parameters: [Self.key.declaration], handler: revokeForm),
      pages.form(
        "/account/keys/{id}/revoke", "revokeKey", "Revokes a key.", parameters: [Self.key.declaration], handler: revoke),
      pages.page("/account/sessions", "sessions", "Where the account is signed in.", handler: sessions),
      pages.form(
        "/account/sessions/{id}/end", "endSession", "Ends a session.", parameters: [Self.session.declaration],
        handler: endSession),
      pages.form(
        "/account/sessions/end-others", "endOtherSessions", "Ends all sessions but this one.", handler: endOthers),
    ]
  }

  // MARK: Keys

  private func list(
    _ form: FormMarkup, _ request: GatewayRequest, chosen: Set<String>, notice: Notice? = nil,
    status: HTTPResponse.Status = .ok
  ) async throws -> GatewayResponse {
    let keys = try await own.parts.keys.list(of: try request.signedIn().account, limit: Self.maximumShown)
    return KeyListPage(
      form: form, keys: keys, role: request.principal?.role ?? .user, chosen: chosen, notice: notice
    ).response(status: status)
  }

  @Sendable private func create(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let form = request.form
    let name = form.trimmed("name")
    do {
      guard let life = KeyListPage.lives.first(where: { String($0.days) == form["days"] }) else {
        throw AccountInput.invalid("days", "expected one of the list")
      }
      let expiresAt =
        life.days == 0
        ? nil : Timestamp(microseconds: Timestamp.now().microseconds + Int64(life.days) * 86_400_000_000)
      let made = try await own.makeKey(
        name: name, scopes: form.all("scope"), expiresAt: expiresAt, of: try request.signedIn().account,
        role: request.principal?.role ?? .user)
      return NewKeyPage(context: context, key: made.key, name: name).response()
    } catch {
      var markup = FormMarkup(context: context, values: ["name": name, "days": form["days"]])
      markup.errors = try markup.faults(error, Self.faults)
      return try await list(markup, request, chosen: Set(form.all("scope")), status: .unprocessableContent)
    }
  }

  @Sendable private func revokeForm(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let id = try request.required(Self.key)
    let account = try request.signedIn().account
    // Keys are listed by their ids, the newest first.
    let found = try await own.parts.keys.list(of: account, before: id == .max ? id : id + 1, limit: 1).first
    guard let key = found, key.id == id else { throw Problem.noSuchThing }
    return AccountFrame(context: context, section: .keys, title: context(.keyRevokeTitle)).confirmation(
      FormMarkup(context: context), text: context(.keyRevokeText, ["name": key.name]), button: context(.keyRevokeYes),
      path: "/account/keys/\(id)/revoke", cancel: "/account/keys")
  }

  @Sendable private func revoke(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    try await own.revokeKey(try request.required(Self.key), of: try request.signedIn().account)
    return pages.seeOther("/account/keys", .removed)
  }

  // MARK: Sessions

  @Sendable private func sessions(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let (account, session) = try request.signedIn()
    return SessionListPage(
      context: context, sessions: try await own.parts.sessions.list(of: account), current: session,
      notice: try request.value(Notice.parameter)
    ).response()
  }

  @Sendable private func endSession(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let id = try request.required(Self.session)
    // One that is gone by now has what it wanted.
    try await own.endSession(id, of: try request.signedIn().account)
    return pages.seeOther("/account/sessions", .removed)
  }

  @Sendable private func endOthers(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let (account, session) = try request.signedIn()
    try await own.endOtherSessions(of: account, but: session)
    return pages.seeOther("/account/sessions", .removed)
  }
}
