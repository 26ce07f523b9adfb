internal import NIOConcurrencyHelpers

/// Batches on their way from the I/O thread to one consumer, bounded in bytes.
///
/// The producer stops reading its socket when the consumer is behind, so a slow consumer slows the server down.
final class Handover<Element: Sendable>: Sendable {
  private struct State {
    var elements: [Element] = []
    var bytes = 0
    var end: Result<Void, any Error>?
    var isPaused = false
    var waiter: UnsafeContinuation<Void, Never>?
  }

  private let limit: Int
  private let state = NIOLockedValueBox(State())
  /// Called, from the consumer, when a paused producer may go on.
  private let resume: @Sendable () -> Void

  init(limit: Int, resume: @escaping @Sendable () -> Void) {
    self.limit = limit
    self.resume = resume
  }

  /// - Returns: whether there is room for more.
  func push(_ elements: [Element], bytes: Int) -> Bool {
    let (waiter, hasRoom) = state.withLockedValue { state in
      state.elements += elements
      state.bytes += bytes
      state.isPaused = state.bytes >= limit
      defer { state.waiter = nil }
      return (state.waiter, !state.isPaused)
    }
    waiter?.resume()
    return hasRoom
  }

  /// No more will come. Later calls change nothing.
  func finish(_ result: Result<Void, any Error>) {
    let waiter = state.withLockedValue { state in
      if state.end == nil { state.end = result }
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  var isFinished: Bool { state.withLockedValue { $0.end != nil } }

  /// Everything that is there, waiting for something; nil at the end.
  nonisolated(nonsending) func take() async throws -> [Element]? {
    while true {
      let (taken, end, wasPaused) = state.withLockedValue { state in
        var taken: [Element] = []
        swap(&taken, &state.elements)
        state.bytes = 0
        defer { state.isPaused = false }
        return (taken, state.end, state.isPaused)
      }
      if wasPaused { resume() }
      if !taken.isEmpty { return taken }
      if let end {
        try end.get()
        return nil
      }
      await withUnsafeContinuation { continuation in
        let isReady = state.withLockedValue { state in
          if !state.elements.isEmpty || state.end != nil { return true }
          state.waiter = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    }
  }
}
