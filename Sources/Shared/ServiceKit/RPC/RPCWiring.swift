internal import HTTPTransport
internal import Logging
internal import MeshRPC
internal import MeshStandardServices
internal import NIOCore
internal import Telemetry

/// How servers and channels of the mesh are put together from settings.
enum RPCWiring {
  /// What the listener does with requests.
  ///
  /// - Throws: `ServiceError` `.internal` when two services bear one name, or there is nothing to serve.
  static func handler(
    _ assembly: ServiceAssembly, settings: Settings, health: HealthRegistry, drain: StreamDrain, telemetry: Telemetry,
    logger: Logger
  ) throws -> any HTTPRequestHandler {
    if assembly.services.isEmpty {
      if let handler = assembly.httpHandler { return handler }
      // A process that only works on its own, such as a worker, still tells probes how it is.
      guard !assembly.tasks.isEmpty else { throw ServiceError(.internal, "the service serves nothing") }
    }
    let services = assembly.services + [HealthService(health, version: ServiceDescription.version).definition]
    var interceptors: [any ServerInterceptor] = [
      RequestContextInterceptor(tracer: telemetry.tracer), MetricsInterceptor(side: .server),
      LoggingInterceptor(logger: logger),
    ]
    if let reporter = telemetry.reporter { interceptors.append(ErrorReportInterceptor(reporter: reporter)) }
    if settings.optionalString("TLS_CLIENT_CA_FILE") != nil {
      interceptors.append(authorization(services.map(\.name), allowed: settings.list("TLS_ALLOWED_CLIENTS")))
    }
    interceptors.append(drain)
    interceptors += assembly.interceptors
    var configuration = RPCServerConfiguration()
    configuration.maxConcurrentCalls = settings.int("RPC_MAX_CONCURRENT_CALLS")
    configuration.maxRequestBytes = settings.int("RPC_MAX_REQUEST_BYTES")
    configuration.errorMapper = assembly.errorMapper
    assembly.configureRPC(&configuration)
    do {
      let server = try RPCServer(
        services: services + ReflectionService.definitions(describing: services), interceptors: interceptors,
        configuration: configuration, fallback: assembly.httpHandler)
      return assembly.wrapHandler(server)
    } catch {
      throw ServiceError(.internal, "the RPC services cannot be served together", cause: error)
    }
  }

  /// Entries are `NAME`, for all services, or `SERVICE=NAME`.
  static func authorization(_ services: [String], allowed entries: [String]) -> AuthorizationInterceptor {
    var allowed: [String: Set<String>] = [:]
    for entry in entries {
      // A URI may hold `=`, but not before its scheme's colon.
      if let equals = entry.firstIndex(of: "="), !entry[..<equals].contains(":") {
        allowed[String(entry[..<equals]), default: []].insert(String(entry[entry.index(after: equals)...]))
      } else {
        for service in services { allowed[service, default: []].insert(entry) }
      }
    }
    return AuthorizationInterceptor(allowed: allowed)
  }

  static func listener(
    _ settings: Settings, _ setting: String, usesTLS: Bool
  ) throws(ServiceError) -> HTTPServerConfiguration {
    var configuration = HTTPServerConfiguration(address: settings.address(setting))
    configuration.maxConnections = settings.int("MAX_CONNECTIONS")
    let age = settings.duration("RPC_MAX_CONNECTION_AGE")
    if age > .zero { configuration.keepalive.maximumAge = age }
    configuration.keepalive.enforcement.minimumInterval = .seconds(keepaliveSeconds / 2)
    guard usesTLS else { return configuration }
    let clientCA = settings.optionalString("TLS_CLIENT_CA_FILE")
    switch (settings.optionalString("TLS_CERT_FILE"), settings.optionalString("TLS_KEY_FILE")) {
    case (let certificate?, let key?):
      if clientCA != nil, settings.list("TLS_ALLOWED_CLIENTS").isEmpty {
        throw ServiceError(.configuration, "TLS_CLIENT_CA_FILE is set, so TLS_ALLOWED_CLIENTS must name who may call")
      }
      configuration.tls = TLSServerConfiguration(
        certificateChainPath: certificate, privateKeyPath: key, clientCAPath: clientCA)
    case (nil, nil):
      guard clientCA == nil else {
        throw ServiceError(.configuration, "TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE")
      }
    default: throw ServiceError(.configuration, "TLS_CERT_FILE and TLS_KEY_FILE must be set together")
    }
    return configuration
  }

  /// Silence on a connection with open calls after which its client asks whether the server is still there.
  private static let keepaliveSeconds: Int64 = 20

  static func channel(
    to text: String, setting: String, settings: Settings, group: any EventLoopGroup, logger: Logger
  ) throws -> RPCChannel {
    let target: Target
    do {
      target = try Target(text)
    } catch {
      throw ServiceError(.configuration, "\(setting): \(error)")
    }
    var pool = ConnectionPool.Configuration(target: target)
    pool.policy = .leastOutstanding
    // An event stream has no deadline: only a ping shows that the other end has gone without a word.
    pool.keepalive = ClientKeepalive(time: .seconds(keepaliveSeconds), timeout: .seconds(10))
    // The mesh's services are near and restart quickly; gRPC's own waits are for the open Internet.
    pool.backoff = ConnectionBackoff.Configuration(
      initial: .milliseconds(100), multiplier: 1.6, jitter: 0.2, maximum: .seconds(5),
      minimumConnectTimeout: .seconds(5))
    if let authority = settings.optionalString("RPC_TLS_CA_FILE") {
      pool.tls = TLSClientConfiguration(
        caPath: authority, certificateChainPath: settings.optionalString("RPC_TLS_CERT_FILE"),
        privateKeyPath: settings.optionalString("RPC_TLS_KEY_FILE"),
        serverName: settings.optionalString("RPC_TLS_SERVER_NAME"))
    } else if settings.optionalString("RPC_TLS_CERT_FILE") != nil {
      throw ServiceError(.configuration, "RPC_TLS_CERT_FILE needs RPC_TLS_CA_FILE")
    }
    var configuration = RPCChannel.Configuration()
    let retries = RetryPolicy(
      maxAttempts: 4, initialBackoff: .milliseconds(50), maxBackoff: .seconds(1), backoffMultiplier: 2,
      retryableCodes: [.unavailable])
    configuration.serviceConfig = ServiceConfig(
      methods: [ServiceConfig.Name(): MethodConfig(retryPolicy: retries)],
      retryThrottling: RetryThrottle(maxTokens: 100, tokenRatio: 0.1))
    configuration.interceptors = [RequestContextInterceptor(), MetricsInterceptor(side: .client)]
    return RPCChannel(
      provider: ConnectionPool(configuration: pool, group: group, logger: logger), configuration: configuration)
  }
}
