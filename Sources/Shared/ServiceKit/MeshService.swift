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
  /// Stand around every RPC call, inside those that all services have.
  package var interceptors: [any ServerInterceptor] = []
  /// Last changes to what RPC calls are allowed.
  package var configureRPC: @Sendable (inout RPCServerConfiguration) -> Void = { _ in }
  /// Stands in front of everything that the listener serves: for requests that are RPC in another form.
  package var wrapHandler: @Sendable (any HTTPRequestHandler) -> any HTTPRequestHandler = { $0 }
  /// Last changes to what the listener allows.
  package var configureListener: @Sendable (inout HTTPServerConfiguration) -> Void
  /// Called when the listener closes: ends what has no end of its own, such as streams. Must not wait.
  package var drain: @Sendable () -> Void
  /// Called after the last request and task have ended, before pools are closed.
  package var close: @Sendable () async -> Void

  package init(
    services: [ServiceDefinition] = [], tasks: [BackgroundTask] = [], readiness: [ReadinessCheck] = [],
    httpHandler: (any HTTPRequestHandler)? = nil, errorMapper: (@Sendable (any Error) -> RPCError?)? = nil,
    configureListener: @escaping @Sendable (inout HTTPServerConfiguration) -> Void = { _ in },
    drain: @escaping @Sendable () -> Void = {}, close: @escaping @Sendable () async -> Void = {}
  ) {
    self.services = services
    self.tasks = tasks
    self.readiness = readiness
    self.httpHandler = httpHandler
    self.errorMapper = errorMapper
    self.configureListener = configureListener
    self.drain = drain
    self.close = close
  }
}
