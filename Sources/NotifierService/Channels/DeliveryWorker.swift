internal import Logging
internal import Synchronization
internal import TraceContext

/// Takes the deliveries of one kind as they come due and sends them. Any number of these share the work, in one process
/// or many.
///
/// A message is sent again only when its sender died, or lost the database for longer than the lease, between the other
/// side's acceptance and our record of it.
final class DeliveryWorker: Sendable {
  /// How long a delivery is a sender's: longer than sending and settling take.
  static let usualLease = Duration.seconds(60)
  /// How often a worker looks without being told to.
  private static let lookInterval = Duration.seconds(1)
  /// Messages under way to one channel.
  private static let perChannel = 4

  private let sender: any ChannelSender
  private let store: DeliveryStore
  private let retries: RetrySchedule
  private let secrets: Secrets
  private let metrics: SenderMetrics
  private let logger: Logger
  private let lease: Duration
  private let tracer: Tracer?
  private let wakeSignal = WakeSignal()
  /// Messages under way, by channel.
  private let underWay = Mutex<[Int64: Int]>([:])

  init(
    sender: any ChannelSender, store: DeliveryStore, retries: RetrySchedule, secrets: Secrets, logger: Logger,
    lease: Duration = DeliveryWorker.usualLease, tracer: Tracer? = nil
  ) {
    self.tracer = tracer
    self.lease = lease
    self.sender = sender
    self.store = store
    self.retries = retries
    self.secrets = secrets
    self.logger = logger
    metrics = SenderMetrics(sender.kind)
  }

  var kind: ChannelKind { sender.kind }

  /// There may be something to send.
  func wake() { wakeSignal.signal() }

  /// Sends until the task is cancelled; then returns when what is under way has been sent and recorded.
  func run() async throws {
    var failures = 0
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        do {
          let pause = try await step(&group)
          failures = 0
          if pause > .zero { await wakeSignal.wait(atMost: pause) }
        } catch {
          if Task.isCancelled { break }
          failures += 1
          logger.warning("could not take deliveries", metadata: ["kind": "\(kind.name)", "error": "\(error)"])
          await wakeSignal.wait(atMost: min(.milliseconds(50) * (1 << min(failures, 8)), .seconds(5)))
        }
      }
    }
    throw CancellationError()
  }

  /// Takes what is due and starts to send it.
  /// - Returns: how long to wait for a signal before looking again.
  private func step(_ group: inout DiscardingTaskGroup) async throws -> Duration {
    let (count, busy) = underWay.withLock { underWay in
      (
        underWay.values.reduce(0, +),
        kind == .telegram ? [] : underWay.filter { $0.key > 0 && $0.value >= Self.perChannel }.map(\.key)
      )
    }
    let capacity = sender.concurrency - count
    guard capacity > 0 else { return Self.lookInterval }
    let claim = try await store.claim(kind, limits: sender.limits, capacity: capacity, busy: busy, lease: lease)
    for message in claim.messages {
      underWay.withLock { $0[message.channel, default: 0] += 1 }
      group.addTask {
        // What was begun is brought to its end though the worker is told to stop: to break off would mean to send again.
        await Task { await self.deliver(message) }.value
      }
    }
    metrics.underWay(count + claim.messages.count)
    if claim.messages.count == capacity { return Self.lookInterval }
    let pause = claim.nextLook.map { $0.elapsed(since: claim.now) } ?? Self.lookInterval
    return min(max(pause, .milliseconds(1)), Self.lookInterval)
  }

  /// Each delivery is a trace of its own.
  private func deliver(_ message: OutgoingMessage) async {
    guard let span = tracer?.begin("deliver \(kind.name)", .internal) else {
      _ = await bring(message)
      return
    }
    let outcome = await span.run { await bring(message) }
    span.end(
      ["fiyatradari.channel.kind": .text(kind.name)], failure: outcome == .accepted ? nil : "not accepted")
  }

  private func bring(_ message: OutgoingMessage) async -> SendOutcome {
    let leaseEnd = ContinuousClock.now + lease
    let outcome = await send(message)
    metrics.count(outcome)
    if outcome == .accepted {
      metrics.took(UnixTime.now().elapsed(since: message.createdAt))
    } else {
      logger.info(
        "a message was not accepted",
        metadata: ["kind": "\(kind.name)", "delivery": "\(message.id)", "outcome": "\(outcome)"])
    }
    await settle(message, outcome, until: leaseEnd)
    underWay.withLock { underWay in
      let rest = (underWay[message.channel] ?? 1) - 1
      underWay[message.channel] = rest > 0 ? rest : nil
    }
    wake()
    return outcome
  }

  private func send(_ message: OutgoingMessage) async -> SendOutcome {
    var message = message
    if let end = message.expiresAt, end <= .now() { return .expired }
    if message.isSealed {
      do {
        message.body =
          message.purpose == .accountMail
          ? try secrets.openMail(message.body, key: message.idempotencyKey, to: message.address)
          : try secrets.openMessage(message.body, channel: message.channel)
      } catch {
        return .refused("the message cannot be opened: is an old key missing from SECRET_KEYS?")
      }
    }
    return await sender.send(message)
  }

  /// Records what became of a message; holds on while the database is away, for as long as nobody else may take it.
  private func settle(_ message: OutgoingMessage, _ outcome: SendOutcome, until end: ContinuousClock.Instant) async {
    var pause = Duration.milliseconds(20)
    while true {
      do {
        if try await !store.settle(message, kind, outcome, retries: retries) {
          metrics.sentLate()
          logger.info("another sender had taken the message", metadata: ["delivery": "\(message.id)"])
        }
        return
      } catch {
        guard ContinuousClock.now + pause < end else {
          logger.error(
            "could not record what became of a message; it will be sent again",
            metadata: ["delivery": "\(message.id)", "outcome": "\(outcome)", "error": "\(error)"])
          return
        }
        logger.warning(
          "could not record what became of a message yet",
          metadata: ["delivery": "\(message.id)", "error": "\(error)"])
      }
      // The task is nobody's to cancel, so that the sleep does not end early.
      try? await Task.sleep(for: pause)
      pause = min(pause * 2, .seconds(2))
    }
  }
}

extension Duration {
  /// In whole nanoseconds, within what can be told.
  var nanosecondsValue: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? (seconds < 0 ? .min : .max) : product + attoseconds / 1_000_000_000
  }
}
