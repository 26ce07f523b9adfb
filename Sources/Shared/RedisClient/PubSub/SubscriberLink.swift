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

  init(connector: RedisConnector, others: [RedisConnector], eventLoop: any EventLoop, logger: Logger) {
    self.eventLoop = eventLoop
    self.configuration = connector.configuration
    self.channel = ReconnectingChannel(
      connector: connector, others: others, eventLoop: eventLoop, logger: logger)
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
        id, RedisError(.timeout, "\(self.channel.endpoint) did not confirm the subscription in time; try again"))
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
      channel.abandon(RedisError(.connectionLost, "\(channel.endpoint) answers no PING; connecting anew"))
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

  func channelReceived(_ replies: [RESPValue]) {
    lastReceived = .now()
    for reply in replies {
      // An answer that nobody asked for ends the connection.
      guard channel.readyChannel != nil else { return }
      receive(reply)
    }
  }

  private func receive(_ reply: RESPValue) {
    if case .array(let parts) = reply, let message = parseMessage(parts) {
      let topic = message.pattern.map(SubscriptionTopic.pattern) ?? .channel(message.channel)
      for id in registry.subscribers(of: topic) { mailboxes[id]?.deliver(.message(message)) }
    } else {
      receiveAnswer(reply)
    }
  }

  func channelReceivedAll() {}

  func channelEnded(_ error: RedisError, wasReady: Bool) {
    registry.disconnect()
    guard error.code == .authenticationFailed else { return }
    for id in Array(waiters.keys) { end(id, error) }
  }

  private func receiveAnswer(_ reply: RESPValue) {
    var refusal: RedisError?
    if case .error(let error) = reply { refusal = RedisError(error) }
    guard let confirmation = registry.receiveAnswer(isError: refusal != nil) else {
      channel.abandon(
        RedisError(.protocolViolation, "\(channel.endpoint) sent what no subscriber asked for"))
      return
    }
    for id in confirmation.established { waiters.removeValue(forKey: id)?.succeed() }
    for id in confirmation.restored { mailboxes[id]?.deliver(.reconnected) }
    if let refusal {
      for id in confirmation.refused { end(id, refusal) }
    }
    unsubscribe(from: confirmation.unsubscribe)
  }

  /// `message channel payload` or `pmessage pattern channel payload`; nil for anything else.
  ///
  /// Whoever may publish can do so to a channel whose name is not UTF-8. A pattern may match it: it is repaired, for one
  /// message must not end the connection of all.
  private func parseMessage(_ parts: [RESPValue]) -> RedisMessage? {
    var texts: [ByteBuffer] = []
    for case .bulk(let text) in parts { texts.append(text) }
    guard texts.count == parts.count, texts.count == 3 || texts.count == 4 else { return nil }
    let isPattern = texts.count == 4
    guard texts[0].readableBytesView.elementsEqual(isPattern ? "pmessage".utf8 : "message".utf8) else { return nil }
    return RedisMessage(
      channel: String(buffer: texts[texts.count - 2]), pattern: isPattern ? String(buffer: texts[1]) : nil,
      payload: texts[texts.count - 1])
  }
}
