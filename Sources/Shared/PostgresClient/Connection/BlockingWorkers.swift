internal import Glibc
internal import NIOConcurrencyHelpers

/// Threads for libpq's calls that block (connecting with its name look-up and password hashing, cancel requests):
/// made on demand up to a limit, gone when there is nothing to do.
final class BlockingWorkers: Sendable {
  private struct State {
    var running = 0
    var jobs: [@Sendable () -> Void] = []
  }

  private let limit: Int
  private let state = NIOLockedValueBox(State())

  init(limit: Int) {
    self.limit = limit
  }

  /// Runs `job` on a thread of its own, or after others when `limit` threads are busy.
  func run(_ job: @escaping @Sendable () -> Void) {
    let needsThread = state.withLockedValue { state in
      state.jobs.append(job)
      guard state.running < limit else { return false }
      state.running += 1
      return true
    }
    if needsThread, !Thread.start({ self.work() }) {
      // No thread to be had: whoever is running takes the job, and without one the caller does.
      let isAlone = state.withLockedValue { state in
        state.running -= 1
        return state.running == 0
      }
      if isAlone { drain() }
    }
  }

  private func work() {
    while true {
      let job: (@Sendable () -> Void)? = state.withLockedValue { state in
        if state.jobs.isEmpty {
          state.running -= 1
          return nil
        }
        return state.jobs.removeFirst()
      }
      guard let job else { return }
      job()
    }
  }

  private func drain() {
    while let job = state.withLockedValue({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) { job() }
  }
}

/// A detached POSIX thread.
enum Thread {
  private final class Start {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// - Returns: whether the system gave a thread.
  static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    let start = Unmanaged.passRetained(Start(body))
    var handle = pthread_t()
    let status = pthread_create(
      &handle, nil,
      { argument in
        if let argument { Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body() }
        return nil
      }, start.toOpaque())
    guard status == 0 else {
      start.release()
      return false
    }
    pthread_detach(handle)
    return true
  }
}
