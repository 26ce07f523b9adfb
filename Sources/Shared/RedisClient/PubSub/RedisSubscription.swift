/// A subscription's events, for one consumer. It ends when it is released, cancelled, or its subscriber shut down.
package final class RedisSubscription: AsyncSequence, Sendable {
  package typealias Element = RedisSubscriptionEvent

  /// Reads the events; keeps the subscription alive.
  package struct AsyncIterator: AsyncIteratorProtocol {
    let subscription: RedisSubscription

    /// The next event, or nil at the end or when the task is cancelled.
    ///
    /// - Throws: `RedisError` when the server refuses the subscription after a reconnect.
    package mutating func next() async throws -> RedisSubscriptionEvent? {
      try await subscription.mailbox.next()
    }
  }

  private let mailbox: SubscriptionMailbox
  private let onEnd: @Sendable () -> Void

  init(mailbox: SubscriptionMailbox, onEnd: @escaping @Sendable () -> Void) {
    self.mailbox = mailbox
    self.onEnd = onEnd
  }

  deinit {
    onEnd()
  }

  /// Ends the subscription; the consumer still gets what waits.
  package func cancel() {
    mailbox.finish(.success(()))
    onEnd()
  }

  package func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(subscription: self)
  }
}
