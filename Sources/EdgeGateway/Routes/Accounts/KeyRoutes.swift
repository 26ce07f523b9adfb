internal import EventLogRPC
internal import HTTPTypes
internal import MeshMessages
internal import PostgresClient

/// An account's API keys.
struct KeyRoutes {
  let parts: AccountParts

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
    let found = try await parts.keys.list(of: try request.signedIn().account, before: before, limit: limit + 1)
    let (page, next) = found.page(limit, \.id)
    return try GatewayJSON.response(EdgeV1.ListApiKeysResponse(apiKeys: page.map(\.message), nextPageToken: next))
  }

  @Sendable private func create(_ request: GatewayRequest) async throws -> GatewayResponse {
    let (wish, _) = try await request.message(EdgeV1.CreateApiKeyRequest.self, Self.members)
    let account = try request.signedIn().account
    let new = KeyStore.New(
      name: try Self.name(wish.name), scopes: try Self.scopes(wish.scopes, role: request.principal?.role ?? .user),
      expiresAt: try wish.expiresAt.map { try Self.expiry($0) })
    let key = try SecretToken.make(.key)
    guard let record = try await parts.keys.add(key, new, of: account) else {
      throw Problem(
        .conflict, .conflict, "an account has at most \(KeyStore.maximum) keys in use; revoke one that is not needed")
    }
    return try GatewayJSON.response(
      EdgeV1.CreateApiKeyResponse(key: key.text, apiKey: record.message), status: .created)
  }

  @Sendable private func revoke(_ request: GatewayRequest) async throws -> GatewayResponse {
    let id = try request.required(Self.id)
    guard try await parts.keys.revoke(id, of: try request.signedIn().account) else { throw Problem.noSuchThing }
    parts.identity.cache.forget { $0.key?.id == id }
    return .noContent
  }

  private static func name(_ text: String) throws -> String {
    guard (1...100).contains(text.count), text.utf8.count <= 1000,
      !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { throw AccountInput.invalid("name", "expected 1 to 100 characters") }
    return text
  }

  private static func scopes(_ names: [String], role: Role) throws -> [Scope] {
    let known = Scope.allCases.filter { role.scopes.contains($0) }
    let scopes = known.filter { names.contains($0.rawValue) }
    guard !scopes.isEmpty, Set(names).isSubset(of: known.map(\.rawValue)) else {
      throw AccountInput.invalid(
        "scopes", "expected one or more of \(known.map(\.rawValue).joined(separator: ", "))")
    }
    return scopes
  }

  private static func expiry(_ time: GoogleProtobuf.Timestamp) throws -> Timestamp {
    let latest = Timestamp(microseconds: Timestamp.now().microseconds + 10 * 366 * 86_400 * 1_000_000)
    guard let expiry = time.postgresTimestamp, expiry > .now(), expiry < latest else {
      throw AccountInput.invalid("expiresAt", "expected a time within the next ten years")
    }
    return expiry
  }
}
