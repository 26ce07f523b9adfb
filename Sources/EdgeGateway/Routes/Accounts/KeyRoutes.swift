internal import EventLogRPC
internal import HTTPTypes
internal import MeshMessages
internal import PostgresClient

/// An account's API keys.
struct KeyRoutes {
  let own: OwnAccount

  private static let id = Parameter<Int64>.id("id", in: .path, "The key's id.")
  private static let members = ["name", "scopes", "expiresAt"]

  var routes: [Route] {
    [
      Route(
        .get, "/v1/api-keys", "listApiKeys", tag: "accounts", "The account's API keys, newest first.",
        access: .account, freshness: .privateRevalidated, parameters: CommonParameters.paging,
        response: .message(EdgeV1.ListApiKeysResponse.layout), handler: list),
      Route(
        .post, "/v1/api-keys", "createApiKey", tag: "accounts",
        "Makes an API key for programs: sent as X-Api-Key. The answer shows it, and nothing does again.",
        access: .account, body: .fields(Self.members, of: EdgeV1.CreateApiKeyRequest.layout), status: .created,
        response: .message(EdgeV1.CreateApiKeyResponse.layout), handler: create),
      Route(
        .delete, "/v1/api-keys/{id}", "revokeApiKey", tag: "accounts", "Revokes an API key, for good.",
        access: .account, parameters: [Self.id.declaration], status: .noContent, response: .nothing, handler: revoke),
    ]
  }

  @Sendable private func list(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (before, limit) = try request.pageStart()
    let found = try await own.parts.keys.list(of: try request.signedIn().account, before: before, limit: limit + 1)
    let (page, next) = found.page(limit, \.id)
    return try GatewayJSON.response(EdgeV1.ListApiKeysResponse(apiKeys: page.map(\.message), nextPageToken: next))
  }

  @Sendable private func create(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, _) = try await request.message(EdgeV1.CreateApiKeyRequest.self, Self.members)
    let account = try request.signedIn().account
    let expiresAt = try wish.expiresAt.map { time in
      guard let time = time.postgresTimestamp else { throw KeyInput.invalidExpiry }
      return time
    }
    let (key, record) = try await own.makeKey(
      name: wish.name, scopes: wish.scopes, expiresAt: expiresAt, of: account, role: request.principal?.role ?? .user)
    return try GatewayJSON.response(
      EdgeV1.CreateApiKeyResponse(key: key.text, apiKey: record.message), status: .created)
  }

  @Sendable private func revoke(_ request: GatewayRequest) async throws -> GatewayResponse {
    let id = try request.required(Self.id)
    try await own.revokeKey(id, of: try request.signedIn().account)
    return .noContent
  }
}
