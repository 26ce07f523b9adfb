internal import Logging
internal import NIOCore

/// Who uses a `ReconnectingChannel`; called on its event loop.
protocol ReconnectingChannelOwner: AnyObject {
  /// The connection is open and the server accepted us.
  func channelBecameReady()
  /// Replies to what was written since then, in order; at least one.
  func channelReceived(_ replies: [RESPValue])
  /// The replies at hand are through.
  func channelReceivedAll()
  /// The connection, or the attempt to make one, ended; the next attempt is scheduled.
  func channelEnded(_ error: RedisError, wasReady: Bool)
}

/// One connection that heals itself: connects, says the handshake, and after any end connects again with backoff, to the
/// next server when there are several that will do.
///
/// All state belongs to `eventLoop`.
final class ReconnectingChannel: @unchecked Sendable {
  private enum State {
    case idle
    case connecting
    case handshaking(any Channel, RedisHandshake, timeout: Scheduled<Void>)
    case ready(any Channel, since: NIODeadline)
    case waiting(Scheduled<Void>)
    case stopped
  }

  let eventLoop: any EventLoop
  private let connectors: [RedisConnector]
  private var turn = 0
  private let logger: Logger
  private var backoff: ReconnectBackoff
  private var state = State.idle {
    didSet { if case .ready = state { isReady = true } else { isReady = false } }
  }
  /// Whether the state is `ready`: asked for each reply.
  private var isReady = false
  private var handler: RedisChannelHandler?
  private var owner: (any ReconnectingChannelOwner)?
  private(set) var isWritable = true

  /// - Parameters:
  ///   - connector: the first server.
  ///   - others: servers that will do as well.
  init(
    connector: RedisConnector, others: [RedisConnector] = [], eventLoop: any EventLoop, logger: Logger
  ) {
    self.connectors = [connector] + others
    self.eventLoop = eventLoop
    self.logger = logger
    self.backoff = connector.configuration.backoff
  }

  private var connector: RedisConnector { connectors[turn % connectors.count] }

  /// Begins to connect; `owner` is kept until `stop`.
  func start(owner: any ReconnectingChannelOwner) {
    eventLoop.preconditionInEventLoop()
    guard case .idle = state else { return }
    self.owner = owner
    connect()
  }

  /// Ends the connection and all attempts. The owner is told nothing more.
  func stop() -> EventLoopFuture<Void> {
    eventLoop.preconditionInEventLoop()
    let before = state
    state = .stopped
    owner = nil
    handler = nil
    switch before {
    case .handshaking(let channel, _, let timeout):
      timeout.cancel()
      return close(channel)
    case .ready(let channel, _):
      return close(channel)
    case .waiting(let attempt):
      attempt.cancel()
    case .idle, .connecting, .stopped:
      break
    }
    return eventLoop.makeSucceededVoidFuture()
  }

  /// The channel is closed even when closing reports an error: closed already, or a TLS peer that said no goodbye.
  private func close(_ channel: any Channel) -> EventLoopFuture<Void> {
    channel.close().recover { _ in }
  }

  /// The open channel, when ready.
  var readyChannel: (any Channel)? {
    if case .ready(let channel, _) = state { return channel }
    return nil
  }

  /// Ends a connection that is of no more use; another is made.
  func abandon(_ error: RedisError) {
    let channel: any Channel
    switch state {
    case .handshaking(let current, _, _): channel = current
    case .ready(let current, _): channel = current
    case .idle, .connecting, .waiting, .stopped: return
    }
    finish(error)
    channel.close(promise: nil)
  }

  private func connect() {
    state = .connecting
    connector.connect(on: eventLoop, owner: self).whenComplete { result in
      switch result {
      case .success(let channel): self.connected(channel)
      case .failure(let error): self.finish(self.unreachable(error))
      }
    }
  }

  private func connected(_ channel: any Channel) {
    guard case .connecting = state else {
      channel.close(promise: nil)
      return
    }
    let found = try? channel.pipeline.syncOperations.handler(type: RedisChannelHandler.self)
    guard let found, channel.isActive else {
      finish(unreachable(nil))
      channel.close(promise: nil)
      return
    }
    handler = found
    isWritable = true
    let timeout = eventLoop.scheduleTask(in: connector.configuration.connectTimeout) {
      self.abandon(RedisError(.notConnected, "the server at \(self.endpoint) did not finish the handshake in time"))
    }
    let handshake = RedisHandshake(connector.configuration)
    state = .handshaking(channel, handshake, timeout: timeout)
    var bytes = channel.allocator.buffer(capacity: 256)
    for command in handshake.commands { CommandEncoder.encode(command, into: &bytes) }
    channel.writeAndFlush(bytes, promise: nil)
  }

  /// The server that it is connected to, or tries.
  var endpoint: RedisEndpoint { connector.configuration.endpoint }

  private func unreachable(_ cause: (any Error)?) -> RedisError {
    RedisError(
      .notConnected, "cannot connect to \(endpoint); check that the server runs and is reachable", cause: cause)
  }

  /// The current connection or attempt is over: tell, then try again later.
  private func finish(_ error: RedisError) {
    var wasReady = false
    switch state {
    case .ready(_, let since):
      wasReady = true
      // A server that accepts and drops at once must not be hammered.
      if NIODeadline.now() - since > backoff.maximum { backoff.reset() }
    case .handshaking(_, _, let timeout):
      timeout.cancel()
    case .connecting:
      break
    case .idle, .waiting, .stopped:
      return
    }
    handler = nil
    let delay = backoff.next(random: Double.random(in: 0..<1))
    logger.info(
      "redis connection ended",
      metadata: ["endpoint": "\(endpoint)", "error": "\(error)", "retry_ms": "\(delay.nanoseconds / 1_000_000)"])
    state = .waiting(eventLoop.scheduleTask(in: delay) { self.connect() })
    turn = (turn + 1) % connectors.count
    owner?.channelEnded(error, wasReady: wasReady)
  }

  // MARK: From the handler

  func received(_ replies: [RESPValue], on source: RedisChannelHandler) {
    guard source === handler else { return }
    if isReady {
      owner?.channelReceived(replies)
      return
    }
    for index in replies.indices {
      answered(replies[index])
      guard source === handler else { return }
      if isReady {
        // What follows the handshake belongs to commands that the owner wrote before, and it wrote none.
        let others = Array(replies[(index + 1)...])
        if !others.isEmpty { owner?.channelReceived(others) }
        return
      }
    }
  }

  /// An answer to the handshake.
  private func answered(_ reply: RESPValue) {
    switch state {
    case .handshaking(let channel, var handshake, let timeout):
      do {
        let isDone = try handshake.receive(reply)
        state = .handshaking(channel, handshake, timeout: timeout)
        guard isDone else { return }
        timeout.cancel()
        state = .ready(channel, since: .now())
        owner?.channelBecameReady()
      } catch {
        abandon(error as? RedisError ?? unreachable(error))
      }
    case .idle, .connecting, .waiting, .stopped, .ready:
      break
    }
  }

  func receivedAll(on source: RedisChannelHandler) {
    guard source === handler, isReady else { return }
    owner?.channelReceivedAll()
  }

  func writabilityChanged(_ isWritable: Bool, on source: RedisChannelHandler) {
    if source === handler { self.isWritable = isWritable }
  }

  func ended(_ error: (any Error)?, on source: RedisChannelHandler) {
    guard source === handler else { return }
    if let error = error as? RedisError {
      finish(error)
    } else if case .handshaking = state {
      finish(unreachable(error))
    } else {
      finish(RedisError(.connectionLost, "the connection to \(endpoint) ended", cause: error))
    }
  }
}
