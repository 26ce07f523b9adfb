internal import HTTPTransport
internal import HTTPTypes
package import ServiceKit

/// Which pages of other origins may read what the gateway answers (Fetch standard, CORS protocol).
package struct CORSPolicy: Sendable {
  private let origins: Set<String>
  private let allowsAny: Bool

  /// - Parameter origins: such as `https://example.com`; `*` for all.
  /// - Throws: `ServiceError` `.configuration` that names the entry.
  package init(_ origins: [String]) throws(ServiceError) {
    for origin in origins where origin != "*" {
      let scheme = ["https://", "http://"].first { origin.hasPrefix($0) }
      guard let scheme, origin.count > scheme.count, !origin.dropFirst(scheme.count).contains("/"),
        origin.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
      else {
        throw ServiceError(
          .configuration, "CORS_ORIGINS: \(origin.prefix(100)) is not an origin such as https://example.com, or *")
      }
    }
    self.origins = Set(origins)
    allowsAny = origins.contains("*")
  }

  var isEmpty: Bool { origins.isEmpty }

  /// What `Access-Control-Allow-Origin` says to an origin; nil where it may not read.
  func allowed(_ origin: String?) -> String? {
    if allowsAny { return "*" }
    return origin.flatMap { origins.contains($0) ? $0 : nil }
  }

  private static let exposed =
    "ETag, Age, Cache-Status, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Grpc-Status, Grpc-Message"

  /// The fields of an answer, for answers made as header blocks.
  func add(to fields: inout HeaderBlock, origin: String?) {
    guard !isEmpty else { return }
    if !allowsAny { fields.append("vary", "Origin") }
    guard let allowed = allowed(origin) else { return }
    fields.append("access-control-allow-origin", allowed)
    fields.append("access-control-expose-headers", Self.exposed)
  }

  /// The same for a preflight of a gRPC-Web call.
  func addPreflight(to fields: inout HeaderBlock, origin: String?) {
    add(to: &fields, origin: origin)
    guard allowed(origin) != nil else { return }
    fields.append("access-control-allow-methods", "POST")
    fields.append(
      "access-control-allow-headers",
      "Content-Type, Authorization, Grpc-Timeout, X-Api-Key, X-Grpc-Web, X-Request-Id, X-User-Agent")
    fields.append("access-control-max-age", "600")
  }

  /// The same for others; with what a preflight asks for.
  func add(to fields: inout HTTPFields, for request: GatewayRequest) {
    guard !isEmpty else { return }
    if !allowsAny { fields.append(HTTPField(name: .vary, value: "Origin")) }
    guard let allowed = allowed(request.head.headerFields[.origin]) else { return }
    fields[.accessControlAllowOrigin] = allowed
    fields[.accessControlExposeHeaders] = Self.exposed
    guard request.head.method == .options, request.head.headerFields[.accessControlRequestMethod] != nil else { return }
    fields[.accessControlAllowMethods] = fields[.allow]
    fields[.accessControlAllowHeaders] =
      "Authorization, Content-Type, If-None-Match, Last-Event-ID, X-Api-Key, X-Request-Id"
    fields[.accessControlMaxAge] = "600"
  }

  package static let settings: [Setting] = [
    .list("CORS_ORIGINS", help: "Origins whose pages may read answers, such as https://example.com; * for all.")
  ]
}

/// Adds what the policy says to every answer.
package struct CORS: Middleware {
  let policy: CORSPolicy

  package init(_ policy: CORSPolicy) { self.policy = policy }

  package func concerns(_ route: Route) -> Bool { !policy.isEmpty }

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    var response = try await next(request)
    policy.add(to: &response.fields, for: request)
    return response
  }
}
