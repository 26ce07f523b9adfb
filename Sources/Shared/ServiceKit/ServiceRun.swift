package import Logging
internal import MeshMessages
internal import MeshStandardServices
package import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Telemetry

/// One run of a service inside a process: from its settings to the last closed pool. `ServiceMain` makes one of each
/// process; tests make as many as they like.
package final class ServiceRun: Sendable {
  /// Where it can be reached.
  package struct Addresses: Sendable {
    package var listen: SocketAddress
    package var ops: SocketAddress
  }

  struct State {
    var listen: SocketAddress?
    var ops: SocketAddress?
    var telemetry: Telemetry?
    var stopDeadline: ContinuousClock.Instant?
  }

  /// The health service's name for the process itself. It is SERVING from the start to the drain, whatever is away: an
  /// orchestrator that asked for the readiness would restart all processes of a service when their database is lost.
  package static let liveness = "live"

  let service: any MeshService.Type
  let description: ServiceDescription
  let settings: Settings
  let logger: Logger
  let health: HealthRegistry
  private let stop = StopSignal()
  let drain = StreamDrain()
  let state = Mutex(State())
  /// Whether the service takes requests, and what its checks say.
  package let readiness: Readiness

  package init(_ service: any MeshService.Type, settings: Settings, logger: Logger) {
    self.service = service
    description = service.description
    self.settings = settings
    self.logger = logger
    let health = HealthRegistry(serving: [Self.liveness])
    health.set("", .notServing)
    self.health = health
    readiness = Readiness { isReady in
      for name in health.statuses.keys where name != Self.liveness {
        health.set(name, isReady ? .serving : .notServing)
      }
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
    let group = MultiThreadedEventLoopGroup(numberOfThreads: loops == 0 ? Processors.usable : loops)
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
    if let failure, !isEndAskedFor(failure) {
      state.withLock { $0.telemetry }?.reporter?.report(failure, .process, at: "start", level: .fatal)
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
    if let failure, !isEndAskedFor(failure) { throw failure }
    logger.notice("stopped")
  }

  /// Whether a start was broken off because the end was asked for.
  private func isEndAskedFor(_ failure: any Error) -> Bool { stop.isRequested && failure is CancellationError }

  var timeLeft: Duration {
    let deadline = state.withLock { $0.stopDeadline }
    return max(.zero, (deadline ?? .now) - .now)
  }
}
