internal import CoreMetrics
internal import Logging
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import Synchronization

/// Commands over one self-healing connection: pipelined, each with its own timeout and cancellation.
///
/// State belongs to `eventLoop`, except the inbox, through which other threads hand over calls: all that arrive before
/// the loop's next turn share one hop and one flush.
final class RedisLink: @unchecked Sendable, ReconnectingChannelOwner {
  private struct Inbox {
    var submissions: [Submission] = []
    var cancelled: Set<UInt64> = []
    var isScheduled = false
  }

  let eventLoop: any EventLoop
  private let configuration: RedisConfiguration
  private let channel: ReconnectingChannel
  private let metrics: RedisMetrics
  private let inbox = NIOLockedValueBox(Inbox())
  private let nextID = Atomic<UInt64>(0)
  private let ready = Atomic<Bool>(false)
  private let outstanding = Atomic<Int>(0)
  private let suspect = Atomic<Bool>(false)

  private var pending = PendingReplies<ReplyCompletion>()
  private var queue: OfflineQueue<Submission>
  private var outbound = ByteBuffer()
  private var isFlushScheduled = false
  /// The clock, read once for each burst of commands.
  private var burstTime: NIODeadline?
  private var lastReceived = NIODeadline.now()
  private var timer: (at: NIODeadline, task: Scheduled<Void>)?
  private var isStopped = false
  /// Why nothing can be sent, while waiting would be in vain.
  private var refusal: RedisError?
  private var waiters: [UnsafeContinuation<Void, any Error>] = []

  init(connector: RedisConnector, eventLoop: any EventLoop, metrics: RedisMetrics, logger: Logger) {
    self.eventLoop = eventLoop
    self.configuration = connector.configuration
    self.metrics = metrics
    self.channel = ReconnectingChannel(connector: connector, eventLoop: eventLoop, logger: logger)
    self.queue = OfflineQueue(
      maximumCommands: configuration.maximumQueuedCommands, maximumBytes: configuration.maximumQueuedBytes)
  }

  func start() {
    eventLoop.execute { self.channel.start(owner: self) }
  }

  /// Fails what waits and closes.
  func stop() async throws {
    try await eventLoop.flatSubmit {
      if self.channel.readyChannel != nil { self.metrics.connected(-1) }
      self.isStopped = true
      self.ready.store(false, ordering: .relaxed)
      self.failAll(RedisError(.closed, "the client was shut down"))
      self.timer?.task.cancel()
      self.timer = nil
      return self.channel.stop()
    }.get()
  }

  /// Whether a command would be written at once; may change at any time.
  var isReady: Bool { ready.load(ordering: .relaxed) }

  /// Whether commands timed out since anything was received: others are served better elsewhere.
  var isSuspect: Bool { suspect.load(ordering: .relaxed) }

  /// Commands written whose reply is awaited, as of the last flush or batch of replies.
  var outstandingCommands: Int { outstanding.load(ordering: .relaxed) }

  // MARK: Calls, from any thread

  func send(
    _ command: RedisCommand, timeout: TimeAmount?, connectionWait: TimeAmount?
  ) async throws -> RESPValue {
    let id = nextID.wrappingAdd(1, ordering: .relaxed).newValue
    return try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        submit(id, timeout, connectionWait, .call(command, continuation))
      }
    } onCancel: {
      cancel(id)
    }
  }

  func pipeline(
    _ commands: [RedisCommand], timeout: TimeAmount?, connectionWait: TimeAmount?
  ) async throws -> ReplyBatch.Results {
    guard !commands.isEmpty else { return [] }
    let id = nextID.wrappingAdd(1, ordering: .relaxed).newValue
    return try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        let batch = ReplyBatch(count: commands.count, continuation: continuation)
        submit(id, timeout, connectionWait, .batch(commands, batch))
      }
    } onCancel: {
      cancel(id)
    }
  }

  /// Runs in the calling task, so that its cancellation can be seen.
  @inline(__always)
  private func submit(
    _ id: UInt64, _ timeout: TimeAmount?, _ connectionWait: TimeAmount?, _ work: Submission.Work
  ) {
    let submission = Submission(
      id: id, timeout: timeout ?? configuration.commandTimeout, connectionWait: connectionWait, work: work)
    if eventLoop.inEventLoop {
      accept(submission)
    } else {
      post { $0.submissions.append(submission) }
    }
    // A handler that ran before the call was handed over found nothing to cancel.
    if Task.isCancelled { cancel(id) }
  }

  private func cancel(_ id: UInt64) {
    post { $0.cancelled.insert(id) }
  }

  private func post(_ change: (inout Inbox) -> Void) {
    let mustSchedule = inbox.withLockedValue { inbox in
      change(&inbox)
      defer { inbox.isScheduled = true }
      return !inbox.isScheduled
    }
    if mustSchedule { eventLoop.execute { self.drainInbox() } }
  }

  /// Returns when the connection is ready.
  ///
  /// - Throws: why the next attempt failed.
  func waitUntilReady() async throws {
    try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
      eventLoop.execute {
        if self.isStopped {
          continuation.resume(throwing: RedisError(.closed, "the client was shut down"))
        } else if self.channel.readyChannel != nil {
          continuation.resume()
        } else {
          self.waiters.append(continuation)
        }
      }
    }
  }

  // MARK: On the loop

  private func drainInbox() {
    let (submissions, cancelled) = inbox.withLockedValue { inbox in
      inbox.isScheduled = false
      defer {
        inbox.submissions = []
        inbox.cancelled = []
      }
      return (inbox.submissions, inbox.cancelled)
    }
    for submission in submissions { accept(submission) }
    guard !cancelled.isEmpty else { return }
    for completion in pending.cancel(cancelled) {
      metrics.cancelled.increment()
      completion.cancel()
    }
    for submission in queue.cancel(cancelled) {
      metrics.cancelled.increment()
      submission.completion.cancel()
    }
  }

  private func accept(_ submission: Submission) {
    if let refusal = refusal(of: submission) {
      if refusal.code == .queueFull { metrics.refused.increment() }
      submission.completion.fail(refusal)
    } else if let channel = channel.readyChannel {
      write(submission, to: channel)
    } else {
      let now = NIODeadline.now()
      var submission = submission
      submission.deadline = now + submission.timeout
      let deadline = now + min(submission.timeout, submission.connectionWait ?? submission.timeout)
      let isAccepted = queue.append(
        id: submission.id, deadline: deadline, commands: submission.commandCount, bytes: submission.estimatedBytes,
        element: submission)
      if isAccepted {
        armTimer(deadline)
      } else {
        metrics.refused.increment()
        submission.completion.fail(
          RedisError(.queueFull, "no connection to \(configuration.endpoint) and the queue is full; try again later"))
      }
    }
  }

  @inline(__always)
  private func refusal(of submission: Submission) -> RedisError? {
    if isStopped { return RedisError(.closed, "the client was shut down") }
    if let refusal { return refusal }
    if submission.commandCount > configuration.maximumOutstandingCommands - pending.count {
      return RedisError(.queueFull, "\(pending.count) commands await replies of \(configuration.endpoint)")
    }
    if !channel.isWritable, unwrittenBytes > configuration.maximumUnwrittenBytes {
      return RedisError(.queueFull, "\(configuration.endpoint) does not read what is sent to it")
    }
    return nil
  }

  private var unwrittenBytes: Int {
    guard let options = channel.readyChannel?.syncOptions else { return 0 }
    return outbound.readableBytes + ((try? options.getOption(.bufferedWritableBytes)) ?? 0)
  }

  @inline(__always)
  private func write(_ submission: Submission, to channel: any Channel) {
    let now = burstTime ?? .now()
    burstTime = now
    let deadline = submission.deadline ?? now + submission.timeout
    switch submission.work {
    case .call(let command, let continuation):
      CommandEncoder.encode(command, into: &outbound)
      pending.append(id: submission.id, written: now, deadline: deadline, completion: .call(continuation))
    case .batch(let commands, let batch):
      commands.withUnsafeBufferPointer { commands in
        for index in commands.indices { CommandEncoder.encode(commands[index], into: &outbound) }
      }
      pending.append(
        id: submission.id, written: now, deadline: deadline, replies: batch.count, completion: .batch(batch))
    }
    if !isFlushScheduled {
      isFlushScheduled = true
      armTimer(min(deadline, now + configuration.unresponsiveTimeout))
      // Behind the tasks of this turn: what they send goes out together.
      eventLoop.execute { self.flush() }
    } else if submission.timeout != configuration.commandTimeout || submission.deadline != nil {
      armTimer(deadline)
    }
  }

  private func flush() {
    isFlushScheduled = false
    burstTime = nil
    outstanding.store(pending.count, ordering: .relaxed)
    guard outbound.readableBytes > 0 else { return }
    if let channel = channel.readyChannel {
      // A failed write closes the channel, and its end fails what waits.
      channel.writeAndFlush(outbound, promise: nil)
    }
    if outbound.storageCapacity > 1 << 20 { outbound = ByteBuffer() } else { outbound.clear() }
  }

  /// Keeps one timer, at or before the earliest deadline: it may fire early, and then looks again.
  private func armTimer(_ deadline: NIODeadline) {
    if let timer, timer.at <= deadline { return }
    timer?.task.cancel()
    timer = (deadline, eventLoop.scheduleTask(deadline: deadline) { self.timerFired() })
  }

  private func timerFired() {
    timer = nil
    let now = NIODeadline.now()
    let expired = pending.expire(at: now)
    if !expired.isEmpty || !queue.isEmpty {
      let late = RedisError(
        .timeout, "no reply from \(configuration.endpoint) in time; the command may have been executed")
      if let oldest = pending.oldestWritten, !expired.isEmpty, lastReceived < oldest {
        suspect.store(true, ordering: .relaxed)
      }
      for completion in expired {
        metrics.timeouts.increment()
        completion.fail(late)
      }
      let unsent = RedisError(
        .timeout, "no connection to \(configuration.endpoint) in time; the command was not sent", isUnsent: true)
      for submission in queue.expire(at: now) {
        metrics.timeouts.increment()
        submission.completion.fail(unsent)
      }
    }
    var next = [pending.earliestDeadline, queue.earliestDeadline].compactMap { $0 }
    if let oldest = pending.oldestWritten {
      let giveUp = max(oldest, lastReceived) + configuration.unresponsiveTimeout
      if now >= giveUp {
        channel.abandon(
          RedisError(
            .connectionLost, "\(configuration.endpoint) sent nothing while replies were awaited; connecting anew"))
        return
      }
      next.append(giveUp)
    }
    if let earliest = next.min() { armTimer(earliest) }
  }

  private func failAll(_ error: RedisError) {
    for completion in pending.removeAll() { completion.fail(error) }
    for submission in queue.removeAll() { submission.completion.fail(error) }
    let waiting = waiters
    waiters = []
    for waiter in waiting { waiter.resume(throwing: error) }
  }

  // MARK: ReconnectingChannelOwner

  func channelBecameReady() {
    refusal = nil
    lastReceived = .now()
    metrics.connected(1)
    suspect.store(false, ordering: .relaxed)
    ready.store(true, ordering: .relaxed)
    let waiting = waiters
    waiters = []
    for waiter in waiting { waiter.resume() }
    for submission in queue.removeAll() { accept(submission) }
  }

  func channelReceived(_ replies: [RESPValue]) {
    let now = burstTime ?? .now()
    burstTime = now
    var next = 0
    while next < replies.count {
      // Completions are resumed: no code of the caller's runs here, so nothing can come back to `pending`.
      let taken = pending.takeReplies(upTo: replies.count - next) { completion, written, count in
        metrics.latency.recordNanoseconds((now - written).nanoseconds)
        completion?.succeed(replies, next..<next + count, errors: metrics.errors)
      }
      guard taken > 0 else {
        channel.abandon(
          RedisError(.protocolViolation, "\(configuration.endpoint) sent a reply that nothing asked for"))
        return
      }
      next += taken
    }
  }

  func channelReceivedAll() {
    // A part of a large reply is a sign of life too.
    lastReceived = burstTime ?? .now()
    if isSuspect { suspect.store(false, ordering: .relaxed) }
    outstanding.store(pending.count, ordering: .relaxed)
    // What the replies set going is a burst of its own.
    if !isFlushScheduled { burstTime = nil }
  }

  func channelEnded(_ error: RedisError, wasReady: Bool) {
    ready.store(false, ordering: .relaxed)
    outstanding.store(0, ordering: .relaxed)
    outbound.clear()
    burstTime = nil
    if wasReady { metrics.connected(-1) }
    (wasReady ? metrics.disconnects : metrics.connectFailures).increment()
    refusal = nil
    if error.code == .authenticationFailed {
      // Waiting would be in vain until somebody changes the credentials; attempts go on all the same.
      refusal = error
      failAll(error)
      return
    }
    let lost = RedisError(
      .connectionLost, "the connection to \(configuration.endpoint) ended before the reply; it may have been executed",
      cause: error)
    for completion in pending.removeAll() {
      metrics.lost.increment()
      completion.fail(lost)
    }
    let waiting = waiters
    waiters = []
    for waiter in waiting { waiter.resume(throwing: error) }
  }
}
