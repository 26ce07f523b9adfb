package import MeshMessages
package import MeshRPC

/// `grpc.health.v1.Health` over a registry (gRPC's `health-checking.md`).
package struct HealthService: GrpcHealthV1.Health.Handler {
  /// The most services that one answer of List holds.
  static let listLimit = 100
  /// The longest service name, in bytes, that a watch keeps in memory.
  static let nameLimit = 1024

  private let registry: HealthRegistry

  private let version: String?

  /// - Parameter version: the program's; Check tells it in the metadata behind its answer, as `fiyatradari-version`.
  package init(_ registry: HealthRegistry, version: String? = nil) {
    self.registry = registry
    self.version = version
  }

  /// The service as a server registers it.
  package var definition: ServiceDefinition { GrpcHealthV1.Health.definition(self) }

  package func check(
    _ request: GrpcHealthV1.HealthCheckRequest, context: ServerContext
  ) async throws -> GrpcHealthV1.HealthCheckResponse {
    guard let status = registry.status(of: request.service) else {
      throw RPCError(code: .notFound, message: "unknown service")
    }
    if let version { context.addTrailingMetadata(try Metadata([("fiyatradari-version", version)])) }
    return GrpcHealthV1.HealthCheckResponse(status: status)
  }

  package func watch(
    _ request: GrpcHealthV1.HealthCheckRequest, responses: ResponseWriter<GrpcHealthV1.HealthCheckResponse>,
    context: ServerContext
  ) async throws {
    guard request.service.utf8.count <= Self.nameLimit else {
      throw RPCError(code: .invalidArgument, message: "service name is longer than \(Self.nameLimit) bytes")
    }
    var last: HealthRegistry.Status?
    for await status in registry.watch(request.service) where status != last {
      try await responses.write(GrpcHealthV1.HealthCheckResponse(status: status))
      last = status
    }
    try Task.checkCancellation()
    throw RPCError(code: .unavailable, message: "the server is shutting down; watch another one")
  }

  package func list(
    _ request: GrpcHealthV1.HealthListRequest, context: ServerContext
  ) async throws -> GrpcHealthV1.HealthListResponse {
    let statuses = registry.statuses
    guard statuses.count <= Self.listLimit else {
      throw RPCError(
        code: .resourceExhausted, message: "the server has more than \(Self.listLimit) services; check them one by one")
    }
    return GrpcHealthV1.HealthListResponse(
      statuses: statuses.mapValues { GrpcHealthV1.HealthCheckResponse(status: $0) })
  }
}
