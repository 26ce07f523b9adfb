import HTTPTransport
import MeshRPC
import NIOCore

/// One event loop's share of a load test: draws requests when they are due, sends them on free connections, and counts
/// what comes of them. Everything in it happens on the loop, without a task for each request.
final class LoadWorker: @unchecked Sendable {
  let executor: EventLoopExecutor
  private let plan: LoadPlan
  private let mix: RequestMix
  private let users: Int
  private let schedule: RateSchedule?
  private let drained: EventLoopPromise<Void>

  private var figures: LoadFigures
  /// Since it was last looked at.
  private var recent = EndpointFigures()
  /// Each user's own numbers, so that what one asks for does not depend on the others' pace; in open loop one for all.
  private var random: [SplitMix64]
  private var waiting = CircularBuffer<Waiting>()
  private var sent = CircularBuffer<LoadExchange>()
  private var links = CircularBuffer<LoadLink>()
  private var liveLinks = 0
  private var dialledLinks = 0
  private var underWay = 0
  private var number = 0
  private var start = NIODeadline.now()
  private var measured = NIODeadline.now()
  private var end = NIODeadline.distantFuture
  private var isPumpScheduled = false
  private var isOver = false
  private var sweeper: RepeatedTask?

  /// A request that is due and has no connection yet.
  private struct Waiting {
    let drawn: RequestMix.Drawn
    let user: Int?
    let due: NIODeadline
  }

  var eventLoop: any EventLoop { executor.eventLoop }

  /// Fulfilled when the last request has its outcome.
  var whenDrained: EventLoopFuture<Void> { drained.futureResult }

  /// - Parameter index: which of the plan's workers this is.
  init(_ plan: LoadPlan, mix: RequestMix, index: Int, executor: EventLoopExecutor) {
    self.plan = plan
    self.mix = mix
    self.executor = executor
    drained = executor.eventLoop.makePromise()
    figures = LoadFigures(endpoints: mix.names.count)
    switch plan.mode {
    case .users(let count):
      users = plan.share(count, of: index)
      schedule = nil
      let first = (0..<index).reduce(0) { $0 + plan.share(count, of: $1) }
      random = (0..<users).map { SplitMix64(seed: plan.seed, stream: first + $0) }
    case .rate(let rate):
      users = 0
      schedule = RateSchedule(rate: rate, stride: plan.threads, offset: index)
      random = [SplitMix64(seed: plan.seed, stream: index)]
    }
  }

  // MARK: From start to end

  /// Begins. Users come one after the other during the warm-up.
  func begin(at start: NIODeadline) {
    self.start = start
    measured = start + .nanoseconds(plan.warmUp.nanoseconds)
    end = measured + .nanoseconds(plan.duration.nanoseconds)
    let interval = TimeAmount.milliseconds(20)
    sweeper = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
      self.sweep()
    }
    if schedule != nil { return scheduleNextDue() }
    let gap = plan.warmUp.nanoseconds / Int64(max(users, 1))
    for user in 0..<users {
      eventLoop.assumeIsolated().scheduleTask(deadline: start + .nanoseconds(gap * Int64(user))) { self.ask(user) }
    }
  }

  /// Ends at once; what is under way is given up.
  func breakOff() {
    guard !isOver else { return }
    end = min(end, .now())
    figures.unfinished = underWay
    finish()
  }

  private func finish() {
    guard !isOver else { return }
    isOver = true
    sweeper?.cancel()
    waiting.removeAll()
    sent.removeAll()
    links.removeAll()
    drained.succeed()
  }

  // MARK: What is due

  private func ask(_ user: Int) {
    let now = NIODeadline.now()
    guard !isOver, now < end else { return }
    add(Waiting(drawn: mix.draw(&random[user]), user: user, due: now))
  }

  private func scheduleNextDue() {
    guard let schedule else { return }
    let next = start + .nanoseconds(schedule.due(number))
    guard next < end else { return }
    eventLoop.assumeIsolated().scheduleTask(deadline: next) { self.askAllDue(schedule) }
  }

  private func askAllDue(_ schedule: RateSchedule) {
    let now = NIODeadline.now()
    while !isOver {
      let due = start + .nanoseconds(schedule.due(number))
      guard due <= now, due < end else { break }
      number += 1
      if underWay < max(1, plan.maximumOutstanding / plan.threads) {
        add(Waiting(drawn: mix.draw(&random[0]), user: nil, due: due))
      } else if due >= measured {
        figures.missed += 1
      }
    }
    if !isOver { scheduleNextDue() }
  }

  private func add(_ request: Waiting) {
    underWay += 1
    waiting.append(request)
    pump()
  }

  // MARK: Sending

  /// Sends what waits for as long as there are free connections.
  private func pump() {
    while let request = waiting.first, let link = freeLink() {
      let exchange = LoadExchange(
        endpoint: request.drawn.endpoint, user: request.user, due: request.due, link: link, worker: self)
      do {
        exchange.stream = try link.open(request.drawn.head, exchange)
      } catch {
        // It closed a moment ago: the request waits for the next one.
        continue
      }
      waiting.removeFirst()
      sent.append(exchange)
      // One of HTTP/2 takes more; one of HTTP/1.1 is found busy and comes back with its answer.
      list(link)
    }
  }

  private func freeLink() -> LoadLink? {
    while let link = links.popFirst() {
      link.isListed = false
      if link.isFree { return link }
    }
    return nil
  }

  private func list(_ link: LoadLink) {
    guard !link.isListed, link.isFree else { return }
    link.isListed = true
    links.append(link)
  }

  /// In the loop's next turn: a connection is not free yet while it tells of its answer's end.
  private func schedulePump(_ link: LoadLink) {
    returned.append(link)
    guard !isPumpScheduled else { return }
    isPumpScheduled = true
    eventLoop.assumeIsolated().execute {
      self.isPumpScheduled = false
      for link in self.returned { self.list(link) }
      self.returned.removeAll(keepingCapacity: true)
      self.pump()
    }
  }

  private var returned: [LoadLink] = []

  // MARK: Outcomes

  func finished(_ exchange: LoadExchange) {
    guard !isOver else { return }
    let now = NIODeadline.now()
    settle(exchange.endpoint, exchange.settled(at: now), due: exchange.due, user: exchange.user)
    schedulePump(exchange.link)
  }

  private func settle(_ endpoint: Int, _ outcome: LoadOutcome, due: NIODeadline, user: Int?) {
    underWay -= 1
    recent.record(outcome)
    if due >= measured {
      figures.endpoints[endpoint].record(outcome)
    } else {
      figures.warmUpRequests += 1
      if outcome.fault != nil { figures.warmUpErrors += 1 }
    }
    if let user { think(user) }
  }

  private func think(_ user: Int) {
    let least = plan.think.lowerBound.nanoseconds
    let most = plan.think.upperBound.nanoseconds
    let pause = least + Int64(Double(most - least) * random[user].unit())
    // Also without a pause in the loop's next turn, so that answers and questions do not pile up on the stack.
    eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(pause)) { self.ask(user) }
  }

  /// Gives up what has waited too long, and ends the test when all is done.
  private func sweep() {
    let now = NIODeadline.now()
    let timeout = TimeAmount.nanoseconds(plan.timeout.nanoseconds)
    while let first = sent.first, first.isDone || first.due + timeout < now {
      sent.removeFirst()
      if !first.isDone { first.expire() }
    }
    while let first = waiting.first, first.due + timeout < now {
      waiting.removeFirst()
      giveUp(first, liveLinks == 0 ? .connect : .timeout, now)
    }
    if now >= end, underWay == 0 { finish() }
  }

  private func giveUp(_ request: Waiting, _ fault: LoadFault, _ now: NIODeadline) {
    let outcome = LoadOutcome(nanoseconds: (now - request.due).nanoseconds, fault: fault)
    settle(request.drawn.endpoint, outcome, due: request.due, user: request.user)
  }

  // MARK: Connections

  func connecting() { dialledLinks += 1 }

  func connected(_ link: LoadLink) {
    dialledLinks -= 1
    figures.connections += 1
    liveLinks += 1
    list(link)
    pump()
  }

  func disconnected(_ link: LoadLink) {
    liveLinks -= 1
    if !isOver, NIODeadline.now() < end { figures.lostConnections += 1 }
  }

  /// What waits for a connection has failed when there is none, and none on its way.
  func connectFailed(_ error: any Error) {
    dialledLinks -= 1
    guard !isOver else { return }
    figures.connectFailures += 1
    figures.lastConnectError = (error as? HTTPTransportError)?.message ?? "\(type(of: error))"
    guard liveLinks == 0, dialledLinks == 0 else { return }
    let now = NIODeadline.now()
    let failed = waiting
    waiting.removeAll()
    for request in failed { giveUp(request, .connect, now) }
  }

  // MARK: For others

  /// What there is, and what there was since the last look.
  func look() -> (figures: LoadFigures, recent: EndpointFigures) {
    defer { recent.reset() }
    return (figures, recent)
  }
}
