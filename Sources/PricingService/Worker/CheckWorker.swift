package import Logging
internal import Metrics
internal import PostgresClient
package import TraceContext

/// Checks listings: takes what is due, asks its source, and keeps what came of it. Any number of workers share the work.
package final class CheckWorker: Sendable {
  package struct Configuration: Sendable {
    /// Checks at the same time at most.
    package var concurrency = 32
    /// How long a check may take, with all its waiting for the source.
    package var checkTimeout = Duration.seconds(40)
    /// After this time without a result the check is due again for others; longer than `checkTimeout`.
    package var lease = Duration.seconds(90)
    /// How often the schedule is asked when nobody wakes the worker.
    package var pollInterval = Duration.milliseconds(400)
    /// How long results wait for others to be kept with.
    package var gatherInterval = Duration.milliseconds(30)

    package init() {}
  }

  package let id: String
  private let schedule: ScheduleStore
  private let results: CheckResultStore
  private let sources: [String: any PriceSource]
  /// The kinds of work for which there is a source.
  private let jobs: [JobName]
  private let configuration: Configuration
  private let logger: Logger
  private let tracer: Tracer?
  private let clock: @Sendable () -> Moment
  private let signal = WorkSignal()
  private let lateness: Metrics.Timer

  /// - Parameters:
  ///   - sources: by kind: "page", "feed".
  ///   - id: of this worker among all; unique.
  package init(
    _ database: PricingDatabase, sources: [String: any PriceSource], id: String,
    configuration: Configuration = Configuration(), logger: Logger = Logger(label: "check-worker"),
    tracer: Tracer? = nil, clock: @escaping @Sendable () -> Moment = { Moment.now() }
  ) {
    self.id = id
    self.sources = sources
    jobs = (sources["page"] == nil ? [] : [.priceCheck]) + (sources["feed"] == nil ? [] : [.productFetch])
    self.configuration = configuration
    self.logger = logger
    self.tracer = tracer
    self.clock = clock
    schedule = ScheduleStore(pool: database.pool, intervals: database.intervals)
    results = CheckResultStore(database)
    lateness = Metrics.Timer(label: "pricing_check_lateness_seconds")
  }

  private enum Happening: Sendable {
    case result(CheckResult)
    case wake
    case gathered
  }

  /// What the loop keeps between two happenings.
  private struct State {
    var running = 0
    var pending: [CheckResult] = []
    var isGathering = false
    var nextBeat = ContinuousClock.now
  }

  /// Works until the task is cancelled; what is under way then is given back, and what was seen is kept.
  /// - Throws: `PostgresError` when the schedule cannot be read.
  package func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.listen() }
      group.addTask { try await self.work() }
      // Neither ends by itself but with an error.
      try await group.next()
      group.cancelAll()
    }
  }

  /// Wakes the worker when the schedule says that there is news.
  private func listen() async throws {
    for try await _ in try schedule.pool.listen(ScheduleStore.channel) { signal.set() }
  }

  private func work() async throws {
    var state = State()
    do {
      try await withThrowingTaskGroup(of: Happening.self) { group in
        group.addTask { await self.wake() }
        try await start(&state, in: &group)
        while let happening = try await group.next() {
          switch happening {
          case .result(let result):
            state.running -= 1
            state.pending.append(result)
            if !state.isGathering, !Task.isCancelled {
              state.isGathering = true
              group.addTask { await self.gather() }
            }
          case .gathered:
            state.isGathering = false
            if !Task.isCancelled { try await keep(&state) }
          case .wake:
            guard !Task.isCancelled else { break }
            group.addTask { await self.wake() }
          }
          if Task.isCancelled { group.cancelAll() } else { try await start(&state, in: &group) }
        }
      }
    } catch {
      await leave(&state)
      // A statement that was cut short says so in its own way.
      try Task.checkCancellation()
      throw error
    }
    await leave(&state)
    try Task.checkCancellation()
  }

  private func wake() async -> Happening {
    await signal.wait(atMost: configuration.pollInterval)
    return .wake
  }

  private func gather() async -> Happening {
    // Cancelled at the end: what has gathered is kept then.
    try? await Task.sleep(for: configuration.gatherInterval)
    return .gathered
  }

  /// Takes as much as there is room for and begins it.
  private func start(_ state: inout State, in group: inout ThrowingTaskGroup<Happening, any Error>) async throws {
    if ContinuousClock.now >= state.nextBeat {
      state.nextBeat = ContinuousClock.now + .seconds(5)
      try await schedule.beat(id, now: clock())
    }
    let room = configuration.concurrency - state.running
    // Few at a time would mean many claims.
    guard room > 0, room * 4 >= configuration.concurrency || state.running == 0 else { return }
    let now = clock()
    let claims = try await schedule.claim(
      room, worker: id, jobs: jobs, lease: configuration.lease.milliseconds, now: now)
    for claim in claims {
      lateness.recordMilliseconds(max(0, now - claim.dueAt))
      state.running += 1
      group.addTask { .result(await self.check(claim)) }
    }
    // Where there was a full load there may be more.
    if claims.count == room { signal.set() }
  }

  /// Each check is a trace of its own: what it asked of the shop, and for how long.
  private func check(_ claim: Claim) async -> CheckResult {
    guard let span = tracer?.begin("check \(claim.kind)", .internal) else { return await bounded(claim) }
    let result = await span.run { await bounded(claim) }
    let outcome = "\(result.outcome)"
    span.end(
      ["fiyatradari.source": .text(claim.source), "fiyatradari.outcome": .text(outcome)],
      failure: result.outcome.isSuccess ? nil : outcome)
    return result
  }

  private func bounded(_ claim: Claim) async -> CheckResult {
    let source = sources[claim.kind]
    let timeout = configuration.checkTimeout
    let (clock, logger) = (clock, logger)
    return await withTaskGroup(of: CheckResult?.self) { group in
      group.addTask { await claim.check(source, clock: clock, logger: logger) }
      group.addTask {
        // Cancelled when the check has ended first.
        try? await Task.sleep(for: timeout)
        return nil
      }
      var first = await group.next() ?? nil
      group.cancelAll()
      if first == nil {
        first = await group.next() ?? nil
        if first?.outcome == .unreachable { first?.detail = "no answer within \(timeout)" }
      }
      return first ?? CheckResult(claim: claim, startedAt: clock(), duration: 0, outcome: .unreachable)
    }
  }

  private func keep(_ state: inout State) async throws {
    let results = state.pending
    guard !results.isEmpty else { return }
    try await self.results.keep(results, worker: id, now: clock())
    state.pending.removeAll()
    for result in results {
      Counter(
        label: "pricing_checks_total",
        dimensions: [("source", result.claim.source), ("outcome", "\(result.outcome)")]
      ).increment()
    }
    // The log of runs has them all; a source that fails is worth a line for those who watch.
    let failed = results.count { !$0.outcome.isSuccess }
    if failed > 0 { logger.debug("checks failed", metadata: ["failed": "\(failed)", "of": "\(results.count)"]) }
  }

  /// At the end: keeps what was seen, and gives back what was cut short.
  private func leave(_ state: inout State) async {
    let results = state.pending
    let (id, schedule, store, now) = (id, schedule, self.results, clock())
    // The work's own task is cancelled, which the database would take for a wish to stop.
    let leaving = Task {
      let cut = results.filter { $0.outcome == .unreachable && $0.detail == "the check was cancelled" }
      let seen = results.filter { result in
        !cut.contains { $0.claim.listing.listingID == result.claim.listing.listingID }
      }
      try await store.keep(seen, worker: id, now: now)
      try await schedule.release(cut.map(\.claim.listing.listingID), worker: id)
      try await schedule.leave(id)
    }
    do {
      try await leaving.value
    } catch {
      // The leases run out by themselves.
      logger.warning("the last results were not kept", metadata: ["error": "\(type(of: error))"])
    }
  }
}

extension Duration {
  /// Whole milliseconds.
  var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
