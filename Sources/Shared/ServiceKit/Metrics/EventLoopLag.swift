internal import CoreMetrics
internal import Logging
internal import NIOCore

/// Measures how late each event loop does what it was asked to do: what blocks a loop shows here.
enum EventLoopLag {
  static let interval = TimeAmount.seconds(1)
  /// Lateness that is worth a word.
  static let stall = TimeAmount.milliseconds(250)

  /// Starts to measure; the tasks end with their loops.
  static func measure(_ group: any EventLoopGroup, registry: PrometheusRegistry, logger: Logger) {
    registry.describe("event_loop_lag_seconds", "How late an event loop ran a task that was due.")
    registry.describe("event_loop_stalls_total", "Tasks that an event loop ran more than 250 ms late.")
    for (index, loop) in group.makeIterator().enumerated() {
      let labels = [("loop", String(index))]
      let lag = registry.makeTimer(label: "event_loop_lag_seconds", dimensions: labels)
      let stalls = registry.makeCounter(label: "event_loop_stalls_total", dimensions: labels)
      next(loop, due: .now() + interval) { late in
        lag.recordNanoseconds(late.nanoseconds)
        guard late > stall else { return }
        stalls.increment(by: 1)
        logger.warning(
          "an event loop was blocked", metadata: ["loop": "\(index)", "ms": "\(late.nanoseconds / 1_000_000)"])
      }
    }
  }

  private static func next(_ loop: any EventLoop, due: NIODeadline, _ report: @escaping @Sendable (TimeAmount) -> Void)
  {
    loop.scheduleTask(deadline: due) {
      let now = NIODeadline.now()
      report(now - due)
      next(loop, due: now + interval, report)
    }
  }
}
