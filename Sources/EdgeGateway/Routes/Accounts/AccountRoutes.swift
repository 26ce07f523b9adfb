internal import HTTPTypes
internal import MeshMessages
internal import ProtobufBridge

/// Signing up, and what an owner does with the account.
struct AccountRoutes {
  let own: OwnAccount

  var routes: [Route] {
    let accepted = Route.Content.message(EdgeV1.Accepted.layout)
    let account = EdgeV1.Account.layout
    return [
      Route(
        .post, "/v1/accounts", "signUp", tag: "accounts",
        "Makes an account and sends its address a mail. The answer is the same where there is one already.",
        limit: .auth, body: .fields(["email", "password", "language"], of: EdgeV1.SignUpRequest.layout),
        status: .accepted, response: accepted, handler: signUp),
      Route(
        .post, "/v1/accounts/verify", "verifyAccount", tag: "accounts",
        "Shows that the address is the owner's, by the token of the mail.", limit: .auth,
        body: .fields(["token"], of: EdgeV1.VerifyAccountRequest.layout), response: accepted, handler: verify),
      Route(
        .post, "/v1/accounts/password-reset", "requestPasswordReset", tag: "accounts",
        "Sends a mail by which a new password can be set. The answer is the same where there is no account.",
        limit: .auth, body: .fields(["email"], of: EdgeV1.RequestPasswordResetRequest.layout), status: .accepted,
        response: accepted, handler: requestReset),
      Route(
        .post, "/v1/accounts/password-reset/confirm", "confirmPasswordReset", tag: "accounts",
        "Sets a new password by the token of the mail, and ends all sessions.", limit: .auth,
        body: .fields(["token", "password"], of: EdgeV1.ConfirmPasswordResetRequest.layout), response: accepted,
        handler: confirmReset),
      Route(
        .get, "/v1/accounts/current", "getAccount", tag: "accounts", "The account that is signed in.",
        access: .account, freshness: .privateRevalidated, response: .message(account), handler: get),
      Route(
        .patch, "/v1/accounts/current", "updateAccount", tag: "accounts",
        "Changes the language, or the password, which needs the current one and ends all other sessions.",
        access: .account, limit: .auth,
        body: .fields(["language", "password", "currentPassword"], of: EdgeV1.UpdateAccountRequest.layout),
        response: .message(account), handler: update),
      Route(
        .delete, "/v1/accounts/current", "deleteAccount", tag: "accounts",
        "Removes the account with its sessions, keys, channels and alerts, at once and for good.", access: .account,
        limit: .auth, body: .fields(["password"], of: EdgeV1.DeleteAccountRequest.layout), status: .noContent,
        response: .nothing, handler: delete),
      Route(
        .get, "/v1/accounts/current/export", "exportAccount", tag: "accounts", "All that is kept of the owner.",
        access: .account, response: .message(EdgeV1.AccountExport.layout), handler: export),
    ]
  }

  @Sendable private func signUp(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, _) = try await request.message(EdgeV1.SignUpRequest.self, ["email", "password", "language"])
    try await own.signUp(email: wish.email, password: wish.password, language: wish.language)
    return try Self.accepted("a mail to this address says how to go on", .accepted)
  }

  @Sendable private func verify(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, _) = try await request.message(EdgeV1.VerifyAccountRequest.self, ["token"])
    try await own.verify(token: wish.token)
    return try Self.accepted("the address is verified: sign in", .ok)
  }

  @Sendable private func requestReset(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, _) = try await request.message(EdgeV1.RequestPasswordResetRequest.self, ["email"])
    try await own.requestReset(email: wish.email)
    return try Self.accepted("if this address has an account, a mail to it says how to go on", .accepted)
  }

  @Sendable private func confirmReset(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, _) = try await request.message(EdgeV1.ConfirmPasswordResetRequest.self, ["token", "password"])
    try await own.confirmReset(token: wish.token, password: wish.password)
    return try Self.accepted("the password is set: sign in", .ok)
  }

  @Sendable private func get(_ request: GatewayRequest) async throws -> GatewayResponse {
    try GatewayJSON.response(try await own.account(try request.signedIn().account).message)
  }

  @Sendable private func update(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, members) = try await request.message(
      EdgeV1.UpdateAccountRequest.self, ["language", "password", "currentPassword"])
    let (id, session) = try request.signedIn()
    guard members.contains("language") || members.contains("password") else {
      throw Problem(.badRequest, .invalidBody, "the body names nothing to change: language or password")
    }
    let language = members.contains("language") ? try AccountInput.language(wish.language) : nil
    if members.contains("password") {
      try await own.changePassword(id, session: session, current: wish.currentPassword, new: wish.password)
    }
    let account = if let language { try await own.setLanguage(language, of: id) } else { try await own.account(id) }
    return try GatewayJSON.response(account.message)
  }

  @Sendable private func delete(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, _) = try await request.message(EdgeV1.DeleteAccountRequest.self, ["password"])
    try await own.remove(try request.signedIn().account, password: wish.password)
    var response = GatewayResponse.noContent
    response.fields[.setCookie] = own.parts.identity.cookie.removal
    return response
  }

  @Sendable private func export(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (id, session) = try request.signedIn()
    return try await own.export(id, session: session)
  }

  private static func accepted(_ message: String, _ status: HTTPResponse.Status) throws -> GatewayResponse {
    try GatewayJSON.response(EdgeV1.Accepted(message: message), status: status)
  }
}
