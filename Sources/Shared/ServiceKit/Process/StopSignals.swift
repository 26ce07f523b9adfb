@preconcurrency internal import Dispatch
internal import Glibc
internal import Logging
internal import Synchronization

/// SIGTERM and SIGINT: the first asks for an orderly end and sets it a limit, the second ends the process at once.
final class StopSignals: Sendable {
  private let sources: [any DispatchSourceSignal]

  /// - Parameters:
  ///   - limit: after which the process is ended whatever it does.
  ///   - onFirst: asks for the end.
  init(logger: Logger, output: LogOutput, limit: Duration, onFirst: @escaping @Sendable () -> Void) {
    let queue = DispatchQueue(label: "signals")
    let counter = SignalCounter()
    sources = [SIGTERM, SIGINT].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        guard counter.next() == 1 else {
          logger.warning("second signal: ending at once")
          output.flush(within: .milliseconds(100))
          _exit(128 + number)
        }
        logger.notice("stopping", metadata: ["signal": number == SIGTERM ? "SIGTERM" : "SIGINT"])
        onFirst()
        let milliseconds = Int(limit.components.seconds) * 1000 + 500
        queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
          logger.error("did not stop in time: ending now")
          output.flush(within: .milliseconds(500))
          _exit(ExitCode.software.rawValue)
        }
      }
      source.resume()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }
}

private final class SignalCounter: Sendable {
  private let count = Atomic<Int>(0)
  func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
