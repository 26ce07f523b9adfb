internal import NIOConcurrencyHelpers

/// One NOTIFY.
package struct PostgresNotification: Sendable, Equatable {
  /// What the sender said; at most 8,000 bytes.
  package var payload: String
  /// The sender's server process.
  package var processID: Int32
}

/// What a listener hears.
package enum PostgresListenEvent: Sendable, Equatable {
  /// Listening has begun, or begun again after a gap in which notifications were missed (a broken connection, a
  /// consumer that fell behind): look for yourself what there is.
  case listening
  case notification(PostgresNotification)
}

/// Notifications of one channel, for as long as it is iterated or kept; survives broken connections. For one task.
package struct PostgresNotifications: AsyncSequence, Sendable {
  package typealias Element = PostgresListenEvent
  let subscription: Subscription

  package func makeAsyncIterator() -> Iterator { Iterator(subscription: subscription) }

  package struct Iterator: AsyncIteratorProtocol {
    let subscription: Subscription

    /// Nil when the task is cancelled.
    /// - Throws: `PostgresError` `.poolClosed`, or the server's when it refuses to listen.
    package mutating func next() async throws -> PostgresListenEvent? {
      try await subscription.buffer.next()
    }
  }
}

/// Ends its subscription with itself.
final class Subscription: Sendable {
  let buffer = NotificationBuffer()
  private let core: PoolCore
  private let channel: String

  init(core: PoolCore, channel: String) {
    self.core = core
    self.channel = channel
    core.thread.run { [buffer] in core.listenHub().subscribe(buffer, to: channel) }
  }

  deinit {
    let (core, channel, buffer) = (core, channel, buffer)
    core.thread.run { core.listener?.unsubscribe(buffer, from: channel) }
  }
}

/// Events that wait for the consumer; when it falls behind, one `listening` takes the place of all.
final class NotificationBuffer: Sendable {
  static let limit = 1024

  fileprivate struct State {
    var events: [PostgresListenEvent] = []
    var position = 0
    var end: PostgresError?
    var isCancelled = false
    var waiter: UnsafeContinuation<Void, Never>?
  }

  private let state = NIOLockedValueBox(State())

  func push(_ event: PostgresListenEvent) {
    wake { state in
      if state.events.count - state.position >= Self.limit {
        state.events = [.listening]
        state.position = 0
      } else {
        state.events.append(event)
      }
    }
  }

  func finish(_ error: PostgresError) { wake { $0.end = error } }

  private func wake(_ change: (inout State) -> Void) {
    let waiter = state.withLockedValue { state in
      change(&state)
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  func next() async throws -> PostgresListenEvent? {
    try await withTaskCancellationHandler {
      while true {
        let (event, end, isCancelled) = state.withLockedValue { state in (state.pop(), state.end, state.isCancelled) }
        if let event { return event }
        if let end { throw end }
        if isCancelled { return nil }
        await withUnsafeContinuation { continuation in
          let isReady = state.withLockedValue { state in
            if state.position < state.events.count || state.end != nil || state.isCancelled { return true }
            state.waiter = continuation
            return false
          }
          if isReady { continuation.resume() }
        }
      }
    } onCancel: {
      wake { $0.isCancelled = true }
    }
  }
}

extension NotificationBuffer.State {
  fileprivate mutating func pop() -> PostgresListenEvent? {
    guard position < events.count else { return nil }
    defer {
      position += 1
      if position == events.count {
        events.removeAll(keepingCapacity: true)
        position = 0
      }
    }
    return events[position]
  }
}

extension PostgresPool {
  /// Listens on a channel of the primary, on a connection that all listeners of the pool share.
  /// - Parameter channel: taken as written, case and all.
  package func listen(_ channel: String) throws(PostgresError) -> PostgresNotifications {
    // The server cuts longer names short (NAMEDATALEN), and would then notify under another name.
    guard (1...63).contains(channel.utf8.count), !channel.utf8.contains(0) else {
      throw PostgresError(.invalidParameter, "a channel's name has 1 to 63 bytes and no U+0000")
    }
    return PostgresNotifications(subscription: Subscription(core: primary, channel: channel))
  }

  /// Sends a notification to all listeners when its statement commits.
  /// - Throws: `PostgresError`.
  package nonisolated(nonsending) func notify(_ channel: String, payload: String = "") async throws {
    try await execute("SELECT pg_notify($1, $2)", [channel, payload])
  }
}
