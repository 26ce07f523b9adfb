internal import HTTPTypes

/// Finds out who asks, where a route wants to know, and which API key a request bears. It refuses nobody: that is
/// `Admission`'s, behind the limits, so that those who guess tokens are slowed down.
package struct Authentication: Middleware {
  private let tokens: AccessTokens
  private let internalKey: InternalKey
  private let identity: Identity

  package init(_ tokens: AccessTokens, _ internalKey: InternalKey, _ identity: Identity) {
    self.tokens = tokens
    self.internalKey = internalKey
    self.identity = identity
  }

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    let fields = request.head.headerFields
    let isAsked = request.route.access != .anyone || request.route.isPage
    // Nobody says who they are, and nobody wants to know.
    guard isAsked || fields.contains(.apiKey) || fields.contains(.authorization) else { return try await next(request) }
    var request = request
    if let key = fields[.apiKey], !internalKey.matches(key) {
      request.principal = try await self.key(key)
      request.hasWrongKey = request.principal == nil
      return try await next(request)
    }
    if let header = fields[.authorization], let token = Self.bearer(header) {
      try await authenticate(&request, bearer: token)
      return try await next(request)
    }
    let isOpen = request.route.access == .anyone
    // Pages that anyone may see say who is signed in.
    guard !isOpen || request.route.isPage, let cookie = identity.cookie.token(in: fields),
      let found = try await session(cookie, isOpen: isOpen), let session = found.principal.session
    else { return try await next(request) }
    request.principal = found.principal.byCookie()
    let replacement =
      found.isDueForRotation && !isOpen ? try await identity.rotate(session, cookie.hash) : nil
    var response = try await next(request)
    // What the route itself does to the cookie comes first.
    if let replacement, response.fields[.setCookie] == nil {
      response.fields[.setCookie] = identity.cookie.setting(replacement)
    }
    return response
  }

  /// Whose cookie it is.
  ///
  /// - Parameter isOpen: whether the page is anyone's: then it is shown as to a stranger when the database is away.
  private func session(_ cookie: SecretToken, isOpen: Bool) async throws -> FoundSession? {
    do {
      return try await identity.cache.session(cookie.hash)
    } catch {
      guard isOpen, !Task.isCancelled else { throw error }
      return nil
    }
  }

  private func authenticate(_ request: inout GatewayRequest, bearer token: String) async throws {
    if token.hasPrefix(SecretToken.Kind.key.rawValue), let principal = try await key(token) {
      request.principal = principal
      return
    }
    guard request.route.access != .anyone else {
      request.hasWrongKey = token.hasPrefix(SecretToken.Kind.key.rawValue)
      return
    }
    if let principal = tokens.principal(of: token) {
      request.principal = principal
    } else if let token = SecretToken(token, .session) {
      request.principal = try await identity.cache.session(token.hash)?.principal
    }
  }

  private func key(_ text: String) async throws -> Principal? {
    guard let key = SecretToken(text, .key) else { return nil }
    return try await identity.cache.key(key.hash)
  }

  /// The token of `Bearer TOKEN` (RFC 6750 §2.1).
  static func bearer(_ header: String) -> String? {
    let parts = header.split(separator: " ", omittingEmptySubsequences: true)
    guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= 512 else { return nil }
    return String(parts[1])
  }
}

extension Problem {
  package static let unauthenticated = Problem(
    .unauthorized, .unauthenticated, "this needs a valid token: Authorization: Bearer TOKEN"
  ).with(.wwwAuthenticate, "Bearer realm=\"fiyatradari\"")

  package static let wrongKey = Problem(
    .unauthorized, .unauthenticated, "the API key is not valid: it may have expired or been revoked"
  ).with(.wwwAuthenticate, "Bearer realm=\"fiyatradari\"")
}
