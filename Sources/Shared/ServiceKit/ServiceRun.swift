internal import HTTPTransport
package import Logging
internal import MeshMessages
internal import MeshRPC
internal import MeshStandardServices
package import NIOCore
internal import NIOPosix
internal import PostgresClient
internal import Synchronization

/// One run of a service inside a process: from its settings to the last closed pool. `ServiceMain` makes one of each
/// process; tests make as many as they like.
package final class ServiceRun: Sendable {
  /// Where it can be reached.
  package struct Addresses: Sendable {
    package var listen: SocketAddress
    package var ops: SocketAddress
  }

  private struct State {
    var listen: SocketAddress?
    var ops: SocketAddress?
    var stopDeadline: ContinuousClock.Instant?
  }

  private let service: any MeshService.Type
  private let description: ServiceDescription
  private let settings: Settings
  private let logger: Logger
  private let health: HealthRegistry
  private let stop = StopSignal()
  private let drain = StreamDrain()
  private let state = Mutex(State())
  /// Whether the service takes requests, and what its checks say.
  package let readiness: Readiness

  package init(_ service: any MeshService.Type, settings: Settings, logger: Logger) {
    self.service = service
    description = service.description
    self.settings = settings
    self.logger = logger
    let health = HealthRegistry()
    health.set("", .notServing)
    self.health = health
    readiness = Readiness { isReady in
      for name in health.statuses.keys { health.set(name, isReady ? .serving : .notServing) }
      logger.notice(isReady ? "ready" : "not ready")
    }
  }

  /// Known once both listeners are open.
  package var addresses: Addresses? {
    state.withLock { state in
      guard let listen = state.listen, let ops = state.ops else { return nil }
      return Addresses(listen: listen, ops: ops)
    }
  }

  /// The ops listener's, which opens first.
  package var opsAddress: SocketAddress? { state.withLock { $0.ops } }

  /// Asks for an orderly end, as SIGTERM does. May be called at any time, more than once.
  package func requestStop() {
    state.withLock { state in
      state.stopDeadline = state.stopDeadline ?? .now + settings.duration("SHUTDOWN_TIMEOUT")
    }
    stop.request()
  }

  /// Serves until `requestStop`, or until the task is cancelled, then ends in good order.
  ///
  /// - Throws: `ServiceError`, or what `build` throws, when the service cannot start; everything is closed then.
  package func run() async throws {
    let loops = settings.int("EVENT_LOOPS")
    let group = MultiThreadedEventLoopGroup(numberOfThreads: loops == 0 ? System.coreCount : loops)
    let closing = ShutdownSequence(logger: logger)
    closing.push("event loops") { [logger] in
      do { try await group.shutdownGracefully() } catch {
        logger.error("event loops did not end well", metadata: ["error": "\(SafeDescription.of(error))"])
      }
    }
    let failure = await withTaskGroup(of: (any Error)?.self) { tasks in
      tasks.addTask {
        do {
          try await self.start(group, closing)
        } catch {
          return error
        }
        await self.stop.wait()
        return nil
      }
      tasks.addTask {
        await self.stop.wait()
        return nil
      }
      let first = await tasks.next() ?? nil
      tasks.cancelAll()
      return first
    }
    requestStop()
    readiness.drain()
    health.drain()
    let delay = settings.duration("SHUTDOWN_DELAY")
    if failure == nil, delay > .zero {
      logger.notice("draining", metadata: ["delay": "\(DurationText.format(delay))"])
      // Ends early only when the run's own task is cancelled, and then nobody waits for balancers.
      try? await Task.sleep(for: min(delay, timeLeft))
    }
    await closing.run()
    if let failure, !(stop.isRequested && failure is CancellationError) { throw failure }
    logger.notice("stopped")
  }

  private var timeLeft: Duration {
    let deadline = state.withLock { $0.stopDeadline }
    return max(.zero, (deadline ?? .now) - .now)
  }

  // MARK: Starting

  private func start(_ group: MultiThreadedEventLoopGroup, _ closing: ShutdownSequence) async throws {
    let start = ContinuousClock.now
    ProcessFigures.registerOnce(service: description.name)
    EventLoopLag.measure(group, registry: .shared, logger: logger)
    try await openOps(group, closing)
    var checks: [ReadinessCheck] = []
    let database = try await connectDatabase(closing, &checks)
    let cache = try connectCache(group, closing, &checks)
    readiness.starting("build")
    let runtime = ServiceRuntime(
      settings: settings, logger: logger, group: group, readiness: readiness, database: database,
      cache: cache?.commands)
    closing.push("channels") { await runtime.closeChannels() }
    let assembly = try await service.build(runtime)
    closing.push("service", assembly.close)
    for name in assembly.services.map(\.name) { health.set(name, .notServing) }
    let tasks = SupervisedTasks(assembly.tasks, logger: logger)
    closing.push("background tasks") { await tasks.stop() }
    try await openListener(assembly, group, closing)
    tasks.start()
    try await watch(checks + assembly.readiness, closing)
    readiness.running()
    let milliseconds = (ContinuousClock.now - start).components.attoseconds / 1_000_000_000_000_000
    logger.notice(
      "started",
      metadata: [
        "listen": "\(addresses.map { "\($0.listen)" } ?? "")", "ops": "\(addresses.map { "\($0.ops)" } ?? "")",
        "ms": "\((ContinuousClock.now - start).components.seconds * 1000 + milliseconds)",
      ])
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
    _ assembly: ServiceAssembly, _ group: MultiThreadedEventLoopGroup, _ closing: ShutdownSequence
  ) async throws {
    var configuration = try RPCWiring.listener(settings, "LISTEN", usesTLS: true)
    assembly.configureListener(&configuration)
    let handler = try RPCWiring.handler(assembly, settings: settings, health: health, drain: drain, logger: logger)
    let server = HTTPServer(configuration: configuration, handler: handler, group: group, logger: logger)
    let address = try await open(server, "LISTEN")
    state.withLock { $0.listen = address }
    closing.push("listener") { [self] in
      drain.drain()
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
    checks.append(DatabaseConnector.check(pool))
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
    await monitor.round()
    let task = Task { await monitor.run() }
    closing.push("readiness checks") {
      task.cancel()
      await task.value
    }
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
