internal import HTTPTypes
package import ServiceKit

/// Refuses requests beyond their limit: by API key, or by the client's address.
package struct RateLimits: Middleware {
  let limiter: RateLimiter
  let internalKey: InternalKey

  package init(_ limiter: RateLimiter, internalKey: InternalKey) {
    self.limiter = limiter
    self.internalKey = internalKey
  }

  package func concerns(_ route: Route) -> Bool { route.limit.tier != nil }

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    guard var tier = request.route.limit.tier else { return try await next(request) }
    var subject = request.client.subject
    // Whoever has no valid token where one is needed may be guessing.
    if request.hasWrongKey || (request.route.access != .anyone && request.principal == nil && !request.isVisit) {
      tier = .auth
    }
    // A key buys more requests, not more guesses.
    if tier != .auth, let key = request.principal?.key {
      tier = key.tier
      subject = RateSubject(key: key.id)
    }
    if tier == .internal || internalKey.matches(request.head.headerFields.value(of: .apiKey)) {
      internalKey.audit(request.client)
      return try await next(request)
    }
    guard request.client.record?.admit() ?? true else { throw Self.tooManyConnections }
    guard limiter.isLimited(tier) else { return try await next(request) }
    let decision = await limiter.decide(tier, subject)
    if let refusal = decision.refusal { throw Self.problem(refusal, decision) }
    do {
      var response = try await next(request)
      response.fields[.rateLimitPolicy] = decision.policyField
      response.fields[.rateLimit] = decision.limitField
      return response
    } catch let problem as Problem {
      throw problem.with(.rateLimitPolicy, decision.policyField).with(.rateLimit, decision.limitField)
    }
  }

  static let tooManyConnections = Problem(
    .tooManyRequests, Problem.Code("too_many_connections"),
    "this address has too many connections open; use fewer, or HTTP/2"
  ).with(.retryAfter, "1")

  static func problem(_ refusal: RateDecision.Refusal, _ decision: RateDecision) -> Problem {
    let (detail, seconds) =
      switch refusal {
      case .rate(let seconds):
        (
          "\(decision.policy.requestsPerSecond) requests a second are granted, \(decision.policy.burst) at once; "
            + "try again in \(seconds) s", seconds
        )
      case .daily(let seconds): ("the day's requests are used up; the next day begins in \(seconds) s", seconds)
      }
    return Problem(.tooManyRequests, .tooManyRequests, detail)
      .with(.retryAfter, String(seconds)).with(.rateLimitPolicy, decision.policyField)
      .with(.rateLimit, decision.limitField)
  }

  package static let settings: [Setting] = [
    .boolean(
      "RATE_LIMITS", default: true, help: "Whether requests are limited by address and key. Off: for tests alone."),
    .list(
      "RATE_LIMIT_TIERS", maximumCount: 16,
      help: "Changes to what tiers grant: TIER:RATE:BURST or TIER:RATE:BURST:DAILY, such as api:10:20.\n"
        + "Tiers: web, api, auth by address; free, pro, partner by API key."),
    .integer(
      "CONNECTIONS_PER_ADDRESS", default: 10, in: 0...1_000_000,
      help: "Connections of one address whose requests are served; 0: all. Proxies in TRUSTED_PROXIES have no bound."),
    .list(
      "TRUSTED_PROXIES", maximumCount: 64,
      help: "Addresses or blocks of our own proxies, such as 10.0.0.0/8, whose word on the client's address counts."),
    .choice(
      "TRUSTED_PROXY_FIELD", of: ClientAddress.Field.allCases.map(\.rawValue), default: "x-forwarded-for",
      help: "The header field that these proxies write. The other one is never read."),
    .secret(
      "INTERNAL_KEY",
      help: "A key of at least 32 bytes for load tests: requests with it as X-Api-Key have no limits. Unset: none."),
  ]
}

extension HTTPField.Name {
  static let apiKey = HTTPField.Name("X-Api-Key") ?? .xContentTypeOptions
  static let rateLimit = HTTPField.Name("RateLimit") ?? .xContentTypeOptions
  static let rateLimitPolicy = HTTPField.Name("RateLimit-Policy") ?? .xContentTypeOptions
}
