internal import HTTPTypes
internal import MeshMessages
internal import PostgresClient

/// What admins do with API keys, and the log of all that admins do.
struct AdminKeyRoutes {
  let operations: Operations

  private var parts: AccountParts { operations.accounts }

  private static let id = Parameter<Int64>.id("id", in: .path, "The key's id.")
  private static let account = Parameter<Int64>.id("account", in: .query, "Of this account only.")
  private static let operation = Parameter<String>.text(
    "operation", length: 1...64, pattern: "A-Z a-z", "Only this operation, such as pauseJob.",
    isAllowed: { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) })

  var routes: [Route] {
    [
      Route(
        .get, "/v1/admin/keys", "listAllApiKeys", tag: "admin", "API keys, newest first.", access: .admin,
        parameters: [Self.account.declaration] + CommonParameters.paging,
        response: .message(EdgeV1.ListApiKeysResponse.layout), handler: list),
      Route(
        .patch, "/v1/admin/keys/{id}", "changeApiKey", tag: "admin", "Changes how much a key may ask for.",
        access: .admin, parameters: [Self.id.declaration],
        body: .fields(["tier"], of: EdgeV1.ChangeApiKeyRequest.layout), response: .message(EdgeV1.ApiKey.layout),
        handler: change),
      Route(
        .delete, "/v1/admin/keys/{id}", "revokeAnyApiKey", tag: "admin", "Revokes anybody's API key, for good.",
        access: .admin, parameters: [Self.id.declaration], status: .noContent, response: .nothing, handler: revoke),
      Route(
        .get, "/v1/admin/audit", "listAuditEntries", tag: "admin",
        "What operators and admins did, newest first.", access: .admin,
        parameters: [Self.account.declaration, Self.operation.declaration] + CommonParameters.paging,
        response: .message(EdgeV1.ListAuditEntriesResponse.layout), handler: audit),
    ]
  }

  @Sendable private func list(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (before, limit) = try request.pageStart()
    let found = try await parts.keys.list(of: try request.value(Self.account), before: before, limit: limit + 1)
    let (page, next) = found.page(limit, \.id)
    return try GatewayJSON.response(EdgeV1.ListApiKeysResponse(apiKeys: page.map(\.message), nextPageToken: next))
  }

  @Sendable private func change(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, _) = try await request.message(EdgeV1.ChangeApiKeyRequest.self, ["tier"])
    let number = Int16(clamping: wish.tier.rawValue)
    guard let tier = RateTier(keyTier: number) else {
      throw AccountInput.invalid("tier", "expected KEY_TIER_FREE, KEY_TIER_PRO or KEY_TIER_PARTNER")
    }
    let id = try request.required(Self.id)
    return try GatewayJSON.response(
      try await operations.setTier(tier, number: number, key: id, request.audit).message)
  }

  @Sendable private func revoke(_ request: GatewayRequest) async throws -> GatewayResponse {
    try await operations.revoke(key: try request.required(Self.id))
    return .noContent
  }

  @Sendable private func audit(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (before, limit) = try request.pageStart()
    let filter = AuditStore.Filter(
      account: try request.value(Self.account), operation: try request.value(Self.operation), before: before)
    let (page, next) = try await parts.audit.list(filter, limit: limit + 1).page(limit, \.id)
    return try GatewayJSON.response(
      EdgeV1.ListAuditEntriesResponse(entries: page.map(\.message), nextPageToken: next))
  }
}
