internal import HTTPTypes
internal import MeshMessages

/// What admins do with accounts.
struct AdminAccountRoutes {
  let operations: Operations

  private var parts: AccountParts { operations.accounts }

  private static let id = Parameter<Int64>.id("id", in: .path, "The account's id.")
  private static let address = Parameter<String>.text(
    "email", length: 1...254, "Only accounts whose address begins with this, in the order of their addresses.")
  private static let members = ["role", "disabled"]

  var routes: [Route] {
    let account = EdgeV1.Account.layout
    return [
      Route(
        .get, "/v1/admin/accounts", "listAccounts", tag: "admin", "Accounts, newest first.", access: .admin,
        parameters: [Self.address.declaration] + CommonParameters.paging,
        response: .message(EdgeV1.ListAccountsResponse.layout), handler: list),
      Route(
        .get, "/v1/admin/accounts/{id}", "readAccount", tag: "admin", "One account.", access: .admin,
        parameters: [Self.id.declaration], response: .message(account), handler: get),
      Route(
        .patch, "/v1/admin/accounts/{id}", "changeAccount", tag: "admin",
        "Changes an account's role, or disables it: then it is signed out, and its keys are not valid.",
        access: .admin, parameters: [Self.id.declaration],
        body: .fields(Self.members, of: EdgeV1.ChangeAccountRequest.layout), response: .message(account),
        handler: change
      ).with { $0.further = [.conflict] },
      Route(
        .delete, "/v1/admin/accounts/{id}/sessions", "endAccountSessions", tag: "admin", "Signs an account out.",
        access: .admin, parameters: [Self.id.declaration], status: .noContent, response: .nothing,
        handler: endSessions),
    ]
  }

  static let lastAdmin = Problem(.conflict, .conflict, "this is the last admin; make somebody else one before")

  @Sendable private func list(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (found, next) = try await operations.accounts(beginning: try request.value(Self.address), request)
    return try GatewayJSON.response(EdgeV1.ListAccountsResponse(accounts: found.map(\.message), nextPageToken: next))
  }

  @Sendable private func get(_ request: GatewayRequest) async throws -> GatewayResponse {
    guard let account = try await parts.accounts.find(try request.required(Self.id)) else { throw Problem.noSuchThing }
    return try GatewayJSON.response(account.message)
  }

  @Sendable private func change(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, members) = try await request.message(EdgeV1.ChangeAccountRequest.self, Self.members)
    guard !members.isEmpty else {
      throw Problem(.badRequest, .invalidBody, "the body names nothing to change: role or disabled")
    }
    let id = try request.required(Self.id)
    let role = members.contains("role") ? try Self.role(wish.role) : nil
    let isDisabled = members.contains("disabled") ? wish.disabled : nil
    let account = try await operations.change(account: id, role: role, isDisabled: isDisabled, request.audit)
    return try GatewayJSON.response(account.message)
  }

  private static func role(_ role: EdgeV1.Role) throws -> Role {
    guard let role = Role(rawValue: Int16(clamping: role.rawValue)) else {
      throw AccountInput.invalid("role", "expected ROLE_USER, ROLE_OPERATOR or ROLE_ADMIN")
    }
    return role
  }

  @Sendable private func endSessions(_ request: GatewayRequest) async throws -> GatewayResponse {
    try await operations.endSessions(of: try request.required(Self.id), request.audit)
    return .noContent
  }
}
