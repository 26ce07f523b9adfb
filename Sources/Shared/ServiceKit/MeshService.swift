package import HTTPTransport
package import MeshRPC

/// A service of the mesh: what it is, and how it is put together. `ServiceMain.run` does the rest.
package protocol MeshService: Sendable {
  static var description: ServiceDescription { get }

  /// Wires the service. Everything that it asks the runtime for is ready; nothing is served yet.
  ///
  /// - Throws: what keeps the process from starting.
  static func build(_ runtime: ServiceRuntime) async throws -> ServiceAssembly
}

/// What a service consists of once it is wired.
package struct ServiceAssembly: Sendable {
  /// The RPC services to serve, beside health and reflection.
  package var services: [ServiceDefinition]
  /// What goes on beside the requests.
  package var tasks: [BackgroundTask]
  /// What must be well besides PostgreSQL.
  package var readiness: [ReadinessCheck]
  /// Answers requests that are not RPC; without it they are refused.
  package var httpHandler: (any HTTPRequestHandler)?
  /// Turns the service's own errors into what RPC clients see (`RPCServerConfiguration.errorMapper`).
  package var errorMapper: (@Sendable (any Error) -> RPCError?)?
  /// Last changes to what the listener allows.
  package var configureListener: @Sendable (inout HTTPServerConfiguration) -> Void
  /// Called after the last request and task have ended, before pools are closed.
  package var close: @Sendable () async -> Void

  package init(
    services: [ServiceDefinition] = [], tasks: [BackgroundTask] = [], readiness: [ReadinessCheck] = [],
    httpHandler: (any HTTPRequestHandler)? = nil, errorMapper: (@Sendable (any Error) -> RPCError?)? = nil,
    configureListener: @escaping @Sendable (inout HTTPServerConfiguration) -> Void = { _ in },
    close: @escaping @Sendable () async -> Void = {}
  ) {
    self.services = services
    self.tasks = tasks
    self.readiness = readiness
    self.httpHandler = httpHandler
    self.errorMapper = errorMapper
    self.configureListener = configureListener
    self.close = close
  }
}
