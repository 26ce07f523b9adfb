internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC
internal import PostgresClient
internal import ProtobufBridge

/// Signing up, and what an owner does with the account.
struct AccountRoutes {
  let parts: AccountParts
  let backends: Backends

  private static let maximumDeliveries = 10_000

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
    let address = try AccountInput.address(wish.email)
    let password = try AccountInput.newPassword(wish.password, of: address)
    try await parts.signUp(address, password, language: try AccountInput.language(wish.language))
    parts.mailSignal.signal()
    return try Self.accepted("a mail to this address says how to go on", .accepted)
  }

  @Sendable private func verify(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, _) = try await request.message(EdgeV1.VerifyAccountRequest.self, ["token"])
    guard try await parts.signUp.verify(try AccountInput.token(wish.token, .verification)) else {
      throw AccountInput.expired
    }
    return try Self.accepted("the address is verified: sign in", .ok)
  }

  @Sendable private func requestReset(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, _) = try await request.message(EdgeV1.RequestPasswordResetRequest.self, ["email"])
    try await parts.reset.request(try AccountInput.address(wish.email))
    parts.mailSignal.signal()
    return try Self.accepted("if this address has an account, a mail to it says how to go on", .accepted)
  }

  @Sendable private func confirmReset(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, _) = try await request.message(EdgeV1.ConfirmPasswordResetRequest.self, ["token", "password"])
    let password = try AccountInput.newPassword(wish.password, of: nil)
    let account = try await parts.reset.confirm(try AccountInput.token(wish.token, .reset), password)
    guard let account else { throw AccountInput.expired }
    parts.identity.cache.forget(account: account)
    parts.mailSignal.signal()
    return try Self.accepted("the password is set: sign in", .ok)
  }

  @Sendable private func get(_ request: GatewayRequest) async throws -> GatewayResponse {
    guard let account = try await parts.accounts.find(try request.signedIn().account) else {
      throw Problem.unauthenticated
    }
    return try GatewayJSON.response(account.message)
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
      guard let account = try await parts.accounts.find(id) else { throw Problem.unauthenticated }
      let new = try AccountInput.newPassword(wish.password, of: EmailAddress(account.email))
      let current = try AccountInput.password(wish.currentPassword, field: "currentPassword")
      guard try await parts.reset.change(id, session: session, current: current, new: new) else {
        throw AccountInput.invalid("currentPassword", "is wrong, or was tried too often")
      }
      parts.identity.cache.forget { $0.account == id && $0.session != session }
      parts.mailSignal.signal()
    }
    let account =
      if let language { try await parts.accounts.setLanguage(language, of: id) } else {
        try await parts.accounts.find(id)
      }
    guard let account else { throw Problem.unauthenticated }
    return try GatewayJSON.response(account.message)
  }

  @Sendable private func delete(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, _) = try await request.message(EdgeV1.DeleteAccountRequest.self, ["password"])
    let (id, _) = try request.signedIn()
    guard try await parts.signIn.confirm(try AccountInput.password(wish.password), of: id) != nil else {
      throw AccountInput.invalid("password", "is wrong, or was tried too often")
    }
    try await parts.pool.withTransaction { transaction in
      let isReplaceable = try await parts.accounts.hasOtherAdmin(than: id, in: transaction)
      if !isReplaceable, try await parts.accounts.isAdmin(id, in: transaction) { throw AdminAccountRoutes.lastAdmin }
      try await parts.accounts.delete(id, in: transaction)
    }
    parts.identity.cache.forget(account: id)
    parts.removalSignal.signal()
    var response = GatewayResponse.noContent
    response.fields[.setCookie] = parts.identity.cookie.removal
    return response
  }

  @Sendable private func export(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (id, session) = try request.signedIn()
    guard let account = try await parts.accounts.find(id) else { throw Problem.unauthenticated }
    let subscriber = account.subscriber
    var export = EdgeV1.AccountExport()
    export.account = account.message
    export.sessions = try await parts.sessions.list(of: id).map { $0.message(current: session) }
    export.apiKeys = try await parts.keys.list(of: id, limit: 1000).map(\.message)
    export.channels = try await backends.notifier.listChannels(
      NotifierV1.ListChannelsRequest(subscriber: subscriber), options: backends.read
    ).channels
    var token = ""
    repeat {
      let page = try await backends.notifier.listAlerts(
        NotifierV1.ListAlertsRequest(subscriber: subscriber, page: CommonV1.Page(size: 200, token: token)),
        options: backends.read)
      export.alerts += page.alerts
      token = page.nextPageToken
    } while !token.isEmpty
    repeat {
      let page = try await backends.notifier.listDeliveries(
        NotifierV1.ListDeliveriesRequest(subscriber: subscriber, page: CommonV1.Page(size: 200, token: token)),
        options: backends.read)
      export.deliveries += page.deliveries
      token = page.nextPageToken
    } while !token.isEmpty && export.deliveries.count < Self.maximumDeliveries
    var response = try GatewayJSON.response(export)
    response.fields[.contentDisposition] = "attachment; filename=\"fiyatradari.json\""
    return response
  }

  private static func accepted(_ message: String, _ status: HTTPResponse.Status) throws -> GatewayResponse {
    try GatewayJSON.response(EdgeV1.Accepted(message: message), status: status)
  }
}
