internal import Logging
internal import Synchronization

/// How a receiver takes a batch.
enum Delivery: Equatable, Sendable {
  case taken
  /// It will never take this one.
  case refused
  /// It wants less for a while; this one is lost.
  case limited
  /// It may take it later; not before so long.
  case later(Duration?)
}

/// Sends what waits in a queue, one batch after the other, from a task of its own.
///
/// A receiver that is slow, broken or away costs those batches and nothing else: the queue is bounded, an attempt has a
/// time, and the pause between attempts grows.
final class Exporter<Item: Sendable>: Sendable {
  struct Configuration: Sendable {
    var batch: Int
    /// From one batch to the next, so that small ones gather.
    var gather: Duration
    /// Attempts for a batch.
    var attempts = 3
    /// After the first failure and at most; doubled by each.
    var backoff = Duration.milliseconds(500)...Duration.seconds(15)
    /// Longer pauses that a receiver asks for are cut to this.
    var longestPause = Duration.seconds(120)
  }

  let queue: ExportQueue<Item>
  private let configuration: Configuration
  private let figures: ExportFigures
  private let logger: Logger
  private let deliver: @Sendable ([Item]) async -> Delivery
  private let task = Mutex<Task<Void, Never>?>(nil)

  init(
    capacity: Int, configuration: Configuration, figures: ExportFigures, logger: Logger,
    deliver: @escaping @Sendable ([Item]) async -> Delivery
  ) {
    queue = ExportQueue(capacity: capacity)
    self.configuration = configuration
    self.figures = figures
    self.logger = logger
    self.deliver = deliver
  }

  /// Takes an item, or counts it as dropped. Never waits.
  func offer(_ item: Item) { if !queue.offer(item) { figures.dropped(1, .full) } }

  /// Begins to send; to be called once.
  func start() { task.withLock { $0 = $0 ?? Task { await self.run() } } }

  /// Sends what waits, as far as the time allows, and ends.
  func close(within limit: Duration) async {
    queue.finish()
    guard let task = task.withLock({ $0 }) else { return }
    let end = Task {
      // Cancelled when all was sent in time.
      if (try? await Task.sleep(for: limit)) != nil { task.cancel() }
    }
    await task.value
    end.cancel()
    await end.value
  }

  private func run() async {
    var failures = 0
    while await queue.wait() {
      if queue.count < configuration.batch { await queue.pause(for: configuration.gather) }
      let batch = queue.take(configuration.batch)
      await send(batch, &failures)
    }
  }

  private func send(_ batch: [Item], _ failures: inout Int) async {
    for attempt in 1...max(1, configuration.attempts) {
      let delivery = Task.isCancelled ? .later(nil) : await deliver(batch)
      switch delivery {
      case .taken:
        figures.sent(batch.count)
        if failures > 0 { logger.notice("telemetry is taken again", metadata: ["failures": "\(failures)"]) }
        failures = 0
        return
      case .limited: return figures.dropped(batch.count, .limited)
      case .refused:
        tell(&failures, "it refuses what is sent")
        return figures.dropped(batch.count, .failed)
      case .later(let pause):
        tell(&failures, "it cannot be reached or is overloaded")
        guard attempt < configuration.attempts, !queue.isFinished else { break }
        await queue.pause(for: pauseAfter(failures, pause))
      }
    }
    figures.dropped(batch.count, .failed)
    // A receiver that is away is not asked at once with the next.
    await queue.pause(for: pauseAfter(failures, nil))
  }

  private func tell(_ failures: inout Int, _ what: String) {
    failures += 1
    figures.failed()
    // Once: the figures tell the rest. No error, which would be something to report by the same way.
    if failures == 1 { logger.warning("telemetry is not taken", metadata: ["receiver": "\(what)"]) }
  }

  func pauseAfter(_ failures: Int, _ asked: Duration?) -> Duration {
    let own = min(
      configuration.backoff.upperBound, configuration.backoff.lowerBound * (1 << min(max(0, failures - 1), 20)))
    return max(own, min(asked ?? .zero, configuration.longestPause))
  }
}
