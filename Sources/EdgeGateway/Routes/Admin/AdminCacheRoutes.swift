internal import HTTPTypes
internal import ProtobufBridge

/// The gateways' kept answers.
struct AdminCacheRoutes {
  let flushes: CacheFlushes

  var routes: [Route] {
    [
      Route(
        .post, "/v1/admin/cache/flush", "flushCache", tag: "admin",
        "Has all gateways forget the answers that they keep: this one at once, the others within a second. Where Redis is "
          + "away, it is this one alone, and everywhere is false.",
        access: .operator, response: .object([("everywhere", .anyJSON)]), handler: flush)
    ]
  }

  @Sendable private func flush(_ request: GatewayRequest) async throws -> GatewayResponse {
    let isEverywhere = try await flushes.flush()
    var json = JSONWriter()
    json.beginObject()
    json.name("everywhere")
    json.bool(isEverywhere)
    if !isEverywhere {
      json.name("reason")
      json.string("Redis is away: this gateway alone has forgotten its answers")
    }
    json.endObject()
    return .json(json.bytes)
  }
}
