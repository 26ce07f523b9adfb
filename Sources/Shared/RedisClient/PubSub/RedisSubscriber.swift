package import Logging
package import NIOCore

/// Subscriptions over one connection of their own, made at the first subscription and healed like any other; each
/// subscription survives a reconnect and is told of the gap.
package final class RedisSubscriber: Sendable {
  private let link: SubscriberLink

  /// - Throws: `RedisError` with `.invalidConfiguration`.
  package init(
    _ configuration: RedisConfiguration, group: any EventLoopGroup, logger: Logger = Logger(label: "redis")
  ) throws {
    link = SubscriberLink(connector: try RedisConnector(configuration), eventLoop: group.next(), logger: logger)
  }

  /// Subscribes; returns when the server confirmed it, so that whatever is published afterwards arrives.
  ///
  /// - Parameters:
  ///   - channels: exact names.
  ///   - patterns: globs.
  ///   - maximumMessages: how many may wait for the consumer before the oldest are dropped; at least 1.
  ///   - maximumBytes: how many bytes these may have together.
  /// - Throws: `RedisError`: `.timeout`, `.server` with `NOPERM`, `.authenticationFailed`, `.closed`.
  package func subscribe(
    to channels: [String] = [], patterns: [String] = [], maximumMessages: Int = 1024, maximumBytes: Int = 16 << 20
  ) async throws -> RedisSubscription {
    let topics = Set(channels.map { SubscriptionTopic.channel($0) } + patterns.map { .pattern($0) })
    guard !topics.isEmpty else {
      throw RedisError(.invalidCommand, "a subscription needs at least one channel or pattern")
    }
    let mailbox = SubscriptionMailbox(
      SubscriptionBuffer(maximumMessages: maximumMessages, maximumBytes: maximumBytes))
    let link = link
    let id = try await link.eventLoop.flatSubmit { link.add(topics, mailbox) }.get()
    return RedisSubscription(mailbox: mailbox) {
      link.eventLoop.execute { link.remove(id) }
    }
  }

  /// Ends all subscriptions and closes the connection.
  package func shutdown() async throws {
    let link = link
    try await link.eventLoop.flatSubmit { link.stop() }.get()
  }
}
