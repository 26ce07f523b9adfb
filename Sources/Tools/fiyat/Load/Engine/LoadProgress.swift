import Glibc
import NIOCore

/// The line that tells once a second how a load test goes: redrawn in place on a terminal, one after the other elsewhere.
struct LoadProgress: Sendable {
  let plan: LoadPlan
  let isTerminal: Bool

  init(_ plan: LoadPlan, isTerminal: Bool = isatty(STDERR_FILENO) == 1) {
    self.plan = plan
    self.isTerminal = isTerminal
  }

  /// Returns when the task is cancelled.
  func run(_ workers: [LoadWorker]) async {
    let clock = ContinuousClock()
    let started = clock.now
    var last = started
    while true {
      do { try await Task.sleep(for: .seconds(1)) } catch { break }
      var recent = EndpointFigures()
      for worker in workers {
        // A loop that has ended has nothing more to tell.
        guard let look = try? await worker.eventLoop.submit({ worker.look().recent }).get() else { return }
        recent.add(look)
      }
      let now = clock.now
      show(line(recent, interval: (now - last).seconds, elapsed: (now - started).seconds))
      last = now
    }
    if isTerminal { write("\r\u{1B}[K") }
  }

  /// `12 s of 65 s  3214/s  p95 4.10 ms  errors 0  cache hits 97.20%`
  func line(_ recent: EndpointFigures, interval: Double, elapsed: Double) -> String {
    let whole = (plan.warmUp + plan.duration).seconds
    let warmUp = elapsed <= plan.warmUp.seconds ? "  warm-up" : ""
    return "\(LoadText.decimal(elapsed, 0)) s of \(LoadText.decimal(whole, 0)) s\(warmUp)"
      + "  \(LoadText.decimal(Double(recent.requests) / max(interval, 0.001), 0))/s"
      + "  p95 \(LoadText.time(recent.latencies.percentile(95)))  errors \(recent.errors)"
      + (recent.hitRate.map { "  cache hits \(LoadText.share($0))" } ?? "")
  }

  private func show(_ line: String) { write(isTerminal ? "\r\u{1B}[K" + line : line + "\n") }

  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    // A terminal that takes no more text does not stop the test.
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}
