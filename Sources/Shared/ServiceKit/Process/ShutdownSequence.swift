internal import Logging
internal import Synchronization

/// What has been opened, to be closed in the reverse order: who depends on a thing is closed before it.
final class ShutdownSequence: Sendable {
  private struct Step: Sendable {
    let name: String
    let close: @Sendable () async -> Void
  }

  private let steps = Mutex<[Step]>([])
  private let logger: Logger

  init(logger: Logger) { self.logger = logger }

  func push(_ name: String, _ close: @escaping @Sendable () async -> Void) {
    steps.withLock { $0.append(Step(name: name, close: close)) }
  }

  /// Closes everything, the last first. To be called once, when nothing is being opened any more.
  func run() async {
    while let step = steps.withLock({ $0.popLast() }) {
      logger.debug("closing", metadata: ["step": "\(step.name)"])
      await step.close()
    }
  }
}
