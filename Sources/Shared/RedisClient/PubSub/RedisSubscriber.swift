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
    link = SubscriberLink(
      connector: try RedisConnector(configuration), others: [], eventLoop: group.next(), logger: logger)
  }

  /// Subscribes at any of a cluster's seed nodes, at the next when one is lost: a cluster passes messages on to all of
  /// its nodes.
  ///
  /// - Throws: `RedisError` with `.invalidConfiguration`.
  package init(
    cluster configuration: RedisClusterConfiguration, group: any EventLoopGroup,
    logger: Logger = Logger(label: "redis")
  ) throws {
    var connectors = try configuration.seeds.map { seed in
      var node = configuration.node
      node.endpoint = seed
      return try RedisConnector(node)
    }
    guard !connectors.isEmpty else {
      throw RedisError(.invalidConfiguration, "a cluster needs at least one seed node")
    }
    let first = connectors.removeFirst()
    link = SubscriberLink(connector: first, others: connectors, eventLoop: group.next(), logger: logger)
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
