import HTTPTransport
import NIOCore

/// Keeps one connection up for as long as its task lives: connects, waits for the end, and connects again, ever later
/// while that fails.
struct LoadSlot: Sendable {
  let worker: LoadWorker
  let address: SocketAddress
  let settings: LoadConnectionSettings

  static let firstPause = Duration.milliseconds(100)
  static let longestPause = Duration.seconds(2)

  /// To be run on the worker's executor.
  func run() async {
    var pause = Self.firstPause
    let clock = ContinuousClock()
    while !Task.isCancelled {
      let link = LoadLink(worker: worker)
      let started = clock.now
      worker.connecting()
      do {
        try await link.connect(to: address, settings)
        worker.connected(link)
        await link.untilEnded()
        worker.disconnected(link)
        // One that lasted was no failure, and the next attempt need not wait longer than the first.
        if clock.now - started > .seconds(1) { pause = Self.firstPause }
      } catch {
        worker.connectFailed(error)
      }
      do { try await Task.sleep(for: pause) } catch { return }
      pause = min(pause * 2, Self.longestPause)
    }
  }
}
