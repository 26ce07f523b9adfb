@preconcurrency internal import Dispatch
internal import Glibc

/// The signals by which people and systems end a process.
package enum StopSignals {
  /// SIGTERM and SIGINT as they come; from now on they do not end the process by themselves.
  package static func stream() -> AsyncStream<Int32> {
    AsyncStream { continuation in
      let sources = [SIGTERM, SIGINT].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { continuation.yield(number) }
        source.resume()
        return source
      }
      continuation.onTermination = { _ in for source in sources { source.cancel() } }
    }
  }
}
