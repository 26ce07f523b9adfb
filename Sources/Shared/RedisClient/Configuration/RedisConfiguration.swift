package import NIOCore

/// How to reach one Redis server and how much to bear.
package struct RedisConfiguration: Sendable {
  /// Where the server listens.
  package var endpoint: RedisEndpoint
  /// The ACL user; nil with a password means the default user.
  package var username: String?
  /// The user's password.
  package var password: Secret?
  /// The database that SELECT chooses; 0 sends no SELECT. A cluster has only 0.
  package var database = 0
  /// The name that CLIENT LIST shows; no spaces.
  package var clientName: String?
  /// Sends `HELLO 2` with the credentials instead of AUTH; Redis 6 and newer.
  package var usesHello = false
  /// TLS, or nil for clear text.
  package var tls: RedisTLS?

  /// Connections, spread over the event loops.
  package var connections = 2
  /// From the start of a connection attempt to the server's acceptance of the credentials.
  package var connectTimeout: TimeAmount = .seconds(2)
  /// From the call to the reply, queueing included.
  package var commandTimeout: TimeAmount = .seconds(1)
  /// A connection on which a reply is awaited and nothing arrived for so long is given up.
  package var unresponsiveTimeout: TimeAmount = .seconds(10)
  /// Commands that may wait on one connection while it is down; more fail at once with `.queueFull`.
  package var maximumQueuedCommands = 1024
  /// Bytes that these may hold together.
  package var maximumQueuedBytes = 16 << 20
  /// Commands on one connection whose reply is awaited; more fail at once with `.queueFull`.
  package var maximumOutstandingCommands = 16_384
  /// Bytes that may wait for a server that does not read; more fail at once with `.queueFull`.
  package var maximumUnwrittenBytes = 64 << 20
  /// How long to wait between attempts to connect.
  package var backoff = ReconnectBackoff()
  /// Bounds on one reply.
  package var replyLimits = ReplyLimits()

  package init(endpoint: RedisEndpoint) {
    self.endpoint = endpoint
  }
}
