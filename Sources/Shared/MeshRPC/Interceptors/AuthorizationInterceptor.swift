internal import HTTPTransport

/// Who may call which service, by the names in the verified client certificate (mutual TLS).
///
/// What is not listed is refused: a service without an entry admits nobody, except those in `open`.
package struct AuthorizationInterceptor: ServerInterceptor {
  /// Full service name to the URI names (SPIFFE ids) that may call it.
  private let allowed: [String: Set<String>]
  /// Services that anybody may call: health, for probes.
  private let open: Set<String>

  package init(allowed: [String: Set<String>], open: Set<String> = ["grpc.health.v1.Health"]) {
    self.allowed = allowed
    self.open = open
  }

  /// - Throws: `RPCError` UNAUTHENTICATED without a certificate name, PERMISSION_DENIED with one that is not listed.
  package func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws {
    try check(service: context.method.service, identity: context.peerIdentity)
    try await next()
  }

  func check(service: String, identity: PeerIdentity?) throws(RPCError) {
    if open.contains(service) { return }
    guard let identity, !identity.uris.isEmpty else {
      throw RPCError(code: .unauthenticated, message: "this service needs a client certificate with a URI name")
    }
    guard let names = allowed[service], identity.uris.contains(where: names.contains) else {
      throw RPCError(code: .permissionDenied, message: "this client may not call \(service)")
    }
  }
}
