internal import HTTPTransport
internal import HTTPTypes
package import MeshRPC

/// The limits of requests, for calls: by the client's address, and for calls that stream a live client's place.
package struct PublicCallLimits: ServerInterceptor {
  private let limits: RateLimits
  private let clients: ClientFinder
  private let live: LiveHub

  package init(_ parts: GatewayParts, live: LiveHub) {
    limits = parts.limits
    clients = parts.clients
    self.live = live
  }

  package func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws {
    // The call's task runs on its connection's loop.
    let client = clients.client(of: context.connection, context.requestHead)
    let isExempt = limits.internalKey.matches(context.requestHead["x-api-key"])
    if isExempt {
      limits.internalKey.audit(client)
    } else {
      guard client.record?.admit() ?? true else { throw Self.status(RateLimits.tooManyConnections) }
      if limits.limiter.isLimited(.api) {
        let decision = await limits.limiter.decide(.api, client.subject)
        if let refusal = decision.refusal { throw Self.status(RateLimits.problem(refusal, decision)) }
      }
    }
    guard !context.method.kind.hasSingleResponse else { return try await next() }
    let place: LivePlace
    do throws(Problem) {
      place = try live.places.take(client.subject, isExempt: isExempt)
    } catch {
      throw Self.status(error)
    }
    try await next()
    withExtendedLifetime(place) {}
  }

  private static func status(_ problem: Problem) -> RPCError {
    RPCError(
      code: problem.status == .serviceUnavailable ? .unavailable : .resourceExhausted, message: problem.detail)
  }
}
