package import NIOCore

/// A published message.
package struct RedisMessage: Hashable, Sendable {
  /// The channel it was published to.
  package let channel: String
  /// The pattern that matched, when it came by one.
  package let pattern: String?
  /// What was published.
  package let payload: ByteBuffer

  package init(channel: String, pattern: String?, payload: ByteBuffer) {
    self.channel = channel
    self.pattern = pattern
    self.payload = payload
  }
}

/// What a subscription delivers. Redis keeps nothing for absent subscribers, so losses are told, not hidden: whoever
/// builds state from messages rebuilds it after a gap.
package enum RedisSubscriptionEvent: Hashable, Sendable {
  case message(RedisMessage)
  /// The connection was lost and the subscription stands again: messages published in between are lost.
  case reconnected
  /// The consumer was too slow; so many of the oldest waiting messages were dropped here.
  case dropped(Int)
}
