internal import Logging
internal import NIOCore

/// The one connection behind a `RedisSubscriber`; its state belongs to `eventLoop`.
final class SubscriberLink: @unchecked Sendable, ReconnectingChannelOwner {
  let eventLoop: any EventLoop
  private let configuration: RedisConfiguration
  private let channel: ReconnectingChannel
  private var registry = SubscriptionRegistry()
  private var mailboxes: [UInt64: SubscriptionMailbox] = [:]
  private var waiters: [UInt64: EventLoopPromise<Void>] = [:]
  private var lastReceived = NIODeadline.now()
  private var heartbeat: RepeatedTask?
  private var isStarted = false
  private var isStopped = false
  private var nextID: UInt64 = 0

  init(connector: RedisConnector, eventLoop: any EventLoop, logger: Logger) {
    self.eventLoop = eventLoop
    self.configuration = connector.configuration
    self.channel = ReconnectingChannel(connector: connector, eventLoop: eventLoop, logger: logger)
  }

  /// Succeeds with the subscriber's id when the server confirmed all topics.
  func add(_ topics: Set<SubscriptionTopic>, _ mailbox: SubscriptionMailbox) -> EventLoopFuture<UInt64> {
    eventLoop.preconditionInEventLoop()
    guard !isStopped else {
      return eventLoop.makeFailedFuture(RedisError(.closed, "the subscriber was shut down"))
    }
    start()
    nextID += 1
    let id = nextID
    mailboxes[id] = mailbox
    let (new, isEstablished) = registry.add(id, topics)
    subscribe(to: new)
    guard !isEstablished else { return eventLoop.makeSucceededFuture(id) }
    let promise = eventLoop.makePromise(of: Void.self)
    waiters[id] = promise
    let timeout = eventLoop.scheduleTask(in: configuration.commandTimeout) {
      self.end(
        id, RedisError(.timeout, "\(self.configuration.endpoint) did not confirm the subscription in time; try again"))
    }
    return promise.futureResult.map {
      timeout.cancel()
      return id
    }.flatMapErrorThrowing { error in
      timeout.cancel()
      throw error
    }
  }

  func remove(_ id: UInt64) {
    eventLoop.preconditionInEventLoop()
    mailboxes[id] = nil
    waiters.removeValue(forKey: id)?.fail(CancellationError())
    unsubscribe(from: registry.remove(id))
  }

  func stop() -> EventLoopFuture<Void> {
    eventLoop.preconditionInEventLoop()
    isStopped = true
    heartbeat?.cancel()
    let mailboxes = mailboxes.values
    self.mailboxes = [:]
    for mailbox in mailboxes { mailbox.finish(.success(())) }
    let waiters = waiters.values
    self.waiters = [:]
    for waiter in waiters { waiter.fail(RedisError(.closed, "the subscriber was shut down")) }
    return channel.stop()
  }

  private func start() {
    guard !isStarted else { return }
    isStarted = true
    channel.start(owner: self)
    let interval = TimeAmount.nanoseconds(max(1, configuration.unresponsiveTimeout.nanoseconds / 3))
    heartbeat = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in self.beat() }
  }

  /// A subscriber awaits nothing, so a dead connection shows only by asking.
  private func beat() {
    guard channel.readyChannel != nil else { return }
    if NIODeadline.now() - lastReceived > configuration.unresponsiveTimeout {
      channel.abandon(RedisError(.connectionLost, "\(configuration.endpoint) answers no PING; connecting anew"))
    } else {
      registry.expectOther()
      write([RedisCommand("PING")])
    }
  }

  private func subscribe(to topics: [SubscriptionTopic]) {
    guard channel.readyChannel != nil else { return }
    for topic in topics { registry.expectSubscription(topic) }
    write(topics.map(\.subscribe))
  }

  private func unsubscribe(from topics: [SubscriptionTopic]) {
    guard channel.readyChannel != nil else { return }
    for _ in topics { registry.expectOther() }
    write(topics.map(\.unsubscribe))
  }

  private func write(_ commands: [RedisCommand]) {
    guard !commands.isEmpty, let channel = channel.readyChannel else { return }
    var bytes = channel.allocator.buffer(capacity: commands.reduce(0) { $0 + $1.estimatedBytes })
    for command in commands { CommandEncoder.encode(command, into: &bytes) }
    channel.writeAndFlush(bytes, promise: nil)
  }

  private func end(_ id: UInt64, _ error: RedisError) {
    unsubscribe(from: registry.remove(id))
    mailboxes.removeValue(forKey: id)?.finish(.failure(error))
    waiters.removeValue(forKey: id)?.fail(error)
  }

  // MARK: ReconnectingChannelOwner

  func channelBecameReady() {
    lastReceived = .now()
    subscribe(to: registry.topics)
  }

  func channelReceived(_ reply: RESPValue) {
    lastReceived = .now()
    do {
      if case .array(let parts) = reply, let message = try parseMessage(parts) {
        let topic = message.pattern.map(SubscriptionTopic.pattern) ?? .channel(message.channel)
        for id in registry.subscribers(of: topic) { mailboxes[id]?.deliver(.message(message)) }
      } else {
        try receiveAnswer(reply)
      }
    } catch {
      channel.abandon(
        RedisError(.protocolViolation, "\(configuration.endpoint) sent what no subscriber asked for", cause: error))
    }
  }

  func channelReceivedAll() {}

  func channelEnded(_ error: RedisError, wasReady: Bool) {
    registry.disconnect()
    guard error.code == .authenticationFailed else { return }
    for id in Array(waiters.keys) { end(id, error) }
  }

  private func receiveAnswer(_ reply: RESPValue) throws {
    var refusal: RedisError?
    if case .error(let error) = reply { refusal = RedisError(error) }
    guard let confirmation = registry.receiveAnswer(isError: refusal != nil) else {
      throw RedisError(.protocolViolation, "an answer too many")
    }
    for id in confirmation.established { waiters.removeValue(forKey: id)?.succeed() }
    for id in confirmation.restored { mailboxes[id]?.deliver(.reconnected) }
    if let refusal {
      for id in confirmation.refused { end(id, refusal) }
    }
    unsubscribe(from: confirmation.unsubscribe)
  }

  /// `message channel payload` or `pmessage pattern channel payload`; nil for anything else.
  private func parseMessage(_ parts: [RESPValue]) throws -> RedisMessage? {
    guard parts.count >= 3, case .bulk(let kind) = parts[0] else { return nil }
    if kind.readableBytesView.elementsEqual("message".utf8) {
      return RedisMessage(channel: try parts[1].string(), pattern: nil, payload: try parts[2].bytes())
    }
    guard parts.count == 4, kind.readableBytesView.elementsEqual("pmessage".utf8) else { return nil }
    return RedisMessage(
      channel: try parts[2].string(), pattern: try parts[1].string(), payload: try parts[3].bytes())
  }
}
