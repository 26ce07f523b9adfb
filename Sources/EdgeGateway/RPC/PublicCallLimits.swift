internal import HTTPTransport
internal import HTTPTypes
package import MeshRPC
internal import PostgresClient

/// The limits of requests, for calls: by API key or the client's address; and for calls that stream a live client's place,
/// and a time after which they end.
///
/// All that is public is for anyone, so a key needs no scope; but one that is none is refused, as in REST.
package struct PublicCallLimits: ServerInterceptor {
  private let limits: RateLimits
  private let clients: ClientFinder
  private let live: LiveHub
  private let credentials: CredentialCache

  package init(_ parts: GatewayParts, live: LiveHub, credentials: CredentialCache) {
    limits = parts.limits
    clients = parts.clients
    self.live = live
    self.credentials = credentials
  }

  package func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws {
    // The call's task runs on its connection's loop.
    let client = clients.client(of: context.connection, context.requestHead)
    let isExempt = try await admit(context.requestHead, client)
    guard !context.method.kind.hasSingleResponse else { return try await next() }
    let place: LivePlace
    do throws(Problem) {
      place = try live.places.take(client.subject, isExempt: isExempt)
    } catch {
      throw Self.status(error)
    }
    try await Self.run(next, for: live.configuration.callLifetime * Double.random(in: 0.9...1))
    withExtendedLifetime(place) {}
  }

  // MARK: Who calls

  private enum Caller {
    /// With the internal key, or an account's key without limits.
    case exempt
    case anyone
    case key(Principal.KeyIdentity)
    case wrongKey
  }

  /// - Returns: whether nothing is limited.
  /// - Throws: `RPCError`.
  private func admit(_ head: HeaderBlock, _ client: Client) async throws -> Bool {
    var (tier, subject) = (RateTier.api, client.subject)
    let caller = try await caller(head)
    switch caller {
    case .exempt:
      limits.internalKey.audit(client)
      return true
    case .anyone: break
    case .key(let key): (tier, subject) = (key.tier, RateSubject(key: key.id))
    // Whoever has none may be guessing.
    case .wrongKey: tier = .auth
    }
    guard client.record?.admit() ?? true else { throw Self.status(RateLimits.tooManyConnections) }
    if limits.limiter.isLimited(tier) {
      let decision = await limits.limiter.decide(tier, subject)
      if let refusal = decision.refusal { throw Self.status(RateLimits.problem(refusal, decision)) }
    }
    if case .wrongKey = caller { throw Self.status(.wrongKey) }
    return false
  }

  /// By `x-api-key`, or by `authorization` with a key as bearer token; other tokens are for other things.
  private func caller(_ head: HeaderBlock) async throws -> Caller {
    let text: String
    if let key = head["x-api-key"] {
      if limits.internalKey.matches(key) { return .exempt }
      text = key
    } else if let token = head["authorization"].flatMap(Authentication.bearer),
      token.hasPrefix(SecretToken.Kind.key.rawValue)
    {
      text = token
    } else {
      return .anyone
    }
    guard let token = SecretToken(text, .key) else { return .wrongKey }
    do {
      guard let key = try await credentials.key(token.hash)?.key else { return .wrongKey }
      return key.tier == .internal ? .exempt : .key(key)
    } catch let error as PostgresError {
      throw RPCError(
        code: .unavailable, message: "the API key cannot be looked up at the moment; try again in a second",
        cause: error)
    }
  }

  private static func status(_ problem: Problem) -> RPCError {
    let code: RPCError.Code =
      switch problem.status {
      case .serviceUnavailable: .unavailable
      case .unauthorized: .unauthenticated
      default: .resourceExhausted
      }
    return RPCError(code: code, message: problem.detail)
  }

  // MARK: How long

  /// Ends a call that has no end of its own: whoever calls for days would stay with one gateway whatever the load of the
  /// others, and with what it was granted on the first day.
  private static func run(_ next: @Sendable () async throws -> Void, for lifetime: Duration) async throws {
    try await withoutActuallyEscaping(next) { next in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
          try await next()
          return true
        }
        group.addTask {
          try await Task.sleep(for: lifetime)
          return false
        }
        defer { group.cancelAll() }
        guard try await group.next() == false, !Task.isCancelled else { return }
        throw RPCError(
          code: .unavailable, message: "the call has lasted as long as calls may; call again, and go on where it ended")
      }
    }
  }
}
