internal import HTTPTransport
internal import Logging
internal import MeshMessages
internal import MeshRPC
internal import MeshStandardServices
internal import NIOCore
internal import NIOPosix
internal import PostgresClient
internal import Synchronization
internal import Telemetry

/// Each step begins when the one before is done, and says how it is undone.
extension ServiceRun {
  func start(_ group: MultiThreadedEventLoopGroup, _ closing: ShutdownSequence) async throws {
    let start = ContinuousClock.now
    ProcessFigures.registerOnce(service: description.name)
    EventLoopLag.measure(group, registry: .shared, logger: logger)
    let telemetry = try openTelemetry(group, closing)
    let logger = telemetry.reporter.map { ReportingLogHandler.logger(self.logger, $0) } ?? self.logger
    try await openOps(group, closing)
    var checks: [ReadinessCheck] = []
    let database = try await connectDatabase(closing, &checks)
    let cache = try connectCache(group, closing, &checks)
    readiness.starting("build")
    let runtime = ServiceRuntime(
      settings: settings, logger: logger, group: group, readiness: readiness, telemetry: telemetry,
      database: database, cache: cache?.commands)
    closing.push("channels") { await runtime.closeChannels() }
    let assembly = try await service.build(runtime)
    closing.push("service", assembly.close)
    for name in assembly.services.map(\.name) { health.set(name, .notServing) }
    let tasks = SupervisedTasks(assembly.tasks, logger: logger)
    closing.push("background tasks") { await tasks.stop() }
    try await openListener(assembly, group, telemetry, closing)
    try CertificateMetrics.register(in: .shared, settings)
    tasks.start()
    try await watch(checks + assembly.readiness, closing)
    readiness.running()
    let milliseconds = (ContinuousClock.now - start).components.attoseconds / 1_000_000_000_000_000
    logger.notice(
      "started",
      metadata: [
        "listen": "\(addresses?.listen.text ?? "")", "ops": "\(addresses?.ops.text ?? "")",
        "ms": "\((ContinuousClock.now - start).components.seconds * 1000 + milliseconds)",
      ])
  }

  /// Closed last, so that it can tell of the end of everything else.
  private func openTelemetry(
    _ group: MultiThreadedEventLoopGroup, _ closing: ShutdownSequence
  ) throws(ServiceError) -> Telemetry {
    let telemetry = try Telemetry.make(description, settings, group: group, logger: logger)
    state.withLock { $0.telemetry = telemetry }
    telemetry.start()
    closing.push("telemetry") { [self] in
      await telemetry.close(within: min(max(timeLeft, .milliseconds(100)), .seconds(2)))
    }
    return telemetry
  }

  private func openOps(_ group: MultiThreadedEventLoopGroup, _ closing: ShutdownSequence) async throws {
    let configuration = try RPCWiring.listener(settings, "OPS_LISTEN", usesTLS: false)
    let handler = OpsHandler(service: description.executable, readiness: readiness, registry: .shared)
    let server = HTTPServer(configuration: configuration, handler: handler, group: group, logger: logger)
    let address = try await open(server, "OPS_LISTEN")
    state.withLock { $0.ops = address }
    closing.push("ops listener") { await server.shutdown(grace: .milliseconds(500)) }
  }

  private func openListener(
    _ assembly: ServiceAssembly, _ group: MultiThreadedEventLoopGroup, _ telemetry: Telemetry,
    _ closing: ShutdownSequence
  ) async throws {
    var configuration = try RPCWiring.listener(settings, "LISTEN", usesTLS: true)
    configuration.tls?.report = CertificateWatch(logger: logger).report
    assembly.configureListener(&configuration)
    let handler = try RPCWiring.handler(
      assembly, settings: settings, health: health, drain: drain, telemetry: telemetry, logger: logger)
    let server = HTTPServer(configuration: configuration, handler: handler, group: group, logger: logger)
    let address = try await open(server, "LISTEN")
    state.withLock { $0.listen = address }
    closing.push("listener") { [self] in
      drain.drain()
      assembly.drain()
      // Something must be left for tasks and pools.
      let grace = timeLeft * 0.8
      await server.shutdown(grace: .nanoseconds(Int64((grace / .nanoseconds(1)).rounded())))
    }
  }

  private func open(_ server: HTTPServer, _ setting: String) async throws -> SocketAddress {
    do {
      return try await server.start()
    } catch let error as HTTPTransportError {
      let isOurs = error.code == .tls
      throw ServiceError(isOurs ? .configuration : .unavailable, "\(setting): \(error.message)")
    }
  }

  private func connectDatabase(
    _ closing: ShutdownSequence, _ checks: inout [ReadinessCheck]
  ) async throws -> PostgresPool? {
    guard let migrations = description.migrations else { return nil }
    readiness.starting("database")
    let connector = DatabaseConnector(service: description.name, settings: settings, logger: logger)
    let pool = try connector.pool()
    closing.push("database") { await pool.close() }
    try await connector.prepare(pool, migrations, migrates: settings.bool("MIGRATE"))
    let isRequired = description.needsDatabaseToServe && settings.bool("DATABASE_PRIMARY_REQUIRED")
    checks.append(DatabaseConnector.check(pool, isRequired: isRequired))
    return pool
  }

  private func connectCache(
    _ group: MultiThreadedEventLoopGroup, _ closing: ShutdownSequence, _ checks: inout [ReadinessCheck]
  ) throws -> CacheConnection? {
    guard description.usesRedis else { return nil }
    let cache = try CacheConnection.make(settings, service: description.name, group: group, logger: logger)
    guard let cache else { return nil }
    closing.push("redis") { [logger] in
      do { try await cache.shutdown() } catch {
        logger.warning("Redis was not closed well", metadata: ["error": "\(SafeDescription.of(error))"])
      }
    }
    checks.append(cache.check)
    return cache
  }

  private func watch(_ checks: [ReadinessCheck], _ closing: ShutdownSequence) async throws {
    let monitor = ReadinessMonitor(readiness: readiness, checks: checks, logger: logger, clock: ContinuousClock())
    await monitor.round(requiredOnly: true)
    let task = Task { await monitor.run() }
    closing.push("readiness checks") {
      task.cancel()
      await task.value
    }
  }
}

extension SocketAddress {
  /// `127.0.0.1:9101`, `[::1]:9101` or `unix:/path`.
  fileprivate var text: String {
    guard let ip = ipAddress, let port else { return "unix:\(pathname ?? "")" }
    return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
  }
}

/// The process's own figures are registered once, however many services run in it.
private enum ProcessFigures {
  private static let registered = Mutex(false)

  static func registerOnce(service: String) {
    let isFirst = registered.withLock { isRegistered in
      defer { isRegistered = true }
      return !isRegistered
    }
    guard isFirst else { return }
    ProcessMetrics.register(in: .shared, service: service, version: ServiceDescription.version)
  }
}
