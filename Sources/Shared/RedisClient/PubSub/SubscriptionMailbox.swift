internal import NIOConcurrencyHelpers

/// Hands events from the event loop to the one task that consumes them.
final class SubscriptionMailbox: Sendable {
  private struct State {
    var buffer: SubscriptionBuffer
    var waiter: UnsafeContinuation<RedisSubscriptionEvent?, any Error>?
    var end: Result<Void, RedisError>?
  }

  private let state: NIOLockedValueBox<State>

  init(_ buffer: SubscriptionBuffer) {
    state = NIOLockedValueBox(State(buffer: buffer))
  }

  func deliver(_ event: RedisSubscriptionEvent) {
    let waiter = state.withLockedValue { state in
      if state.end != nil { return nil as UnsafeContinuation<RedisSubscriptionEvent?, any Error>? }
      guard let waiter = state.waiter else {
        state.buffer.append(event)
        return nil
      }
      state.waiter = nil
      return waiter
    }
    waiter?.resume(returning: event)
  }

  /// No more events: what waits is still delivered, then the end.
  func finish(_ end: Result<Void, RedisError>) {
    let waiter = state.withLockedValue { state in
      if state.end == nil { state.end = end }
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(with: end.map { nil }.mapError { $0 as any Error })
  }

  /// The next event; nil at the end or when the task is cancelled.
  func next() async throws -> RedisSubscriptionEvent? {
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        let now: Result<RedisSubscriptionEvent?, any Error>? = state.withLockedValue { state in
          if Task.isCancelled { return .success(nil) }
          if let event = state.buffer.next() { return .success(event) }
          if let end = state.end { return end.map { nil }.mapError { $0 as any Error } }
          if state.waiter != nil {
            return .failure(RedisError(.invalidCommand, "a subscription has one consumer at a time"))
          }
          state.waiter = continuation
          return nil
        }
        if let now { continuation.resume(with: now) }
      }
    } onCancel: {
      let waiter = state.withLockedValue { state in
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume(returning: nil)
    }
  }
}
