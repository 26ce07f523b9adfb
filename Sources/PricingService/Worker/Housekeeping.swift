package import Logging
internal import Metrics

/// What time asks for: ends deals, makes and drops partitions, measures the schedule. All processes may do it.
package struct Housekeeping: Sendable {
  private let database: PricingDatabase
  private let runs: RunPartitions
  private let store: ObservationStore
  private let admin: SchedulerAdmin
  private let logger: Logger
  private let clock: @Sendable () -> Moment

  package init(
    _ database: PricingDatabase, retentionDays: Int = 7, logger: Logger = Logger(label: "housekeeping"),
    clock: @escaping @Sendable () -> Moment = { Moment.now() }
  ) {
    self.database = database
    self.logger = logger
    self.clock = clock
    runs = RunPartitions(pool: database.pool, retentionDays: retentionDays)
    store = ObservationStore(database)
    admin = SchedulerAdmin(pool: database.pool, intervals: database.intervals)
  }

  /// Makes the partitions that will be needed next.
  package func makePartitions() async throws {
    let now = clock()
    let month = CalendarMonth(now)
    try await database.partitions.ensure([month, month.next])
    try await runs.maintain(now: now)
  }

  /// Until the task is cancelled.
  /// - Throws: `PostgresError`, to be started anew.
  package func run() async throws {
    var nextUpkeep = ContinuousClock.now
    var nextFigures = ContinuousClock.now
    var nextCounts = ContinuousClock.now
    while !Task.isCancelled {
      while try await store.sweep(now: clock(), limit: 500) == 500 {}
      if ContinuousClock.now >= nextUpkeep {
        try await makePartitions()
        nextUpkeep = ContinuousClock.now + .seconds(600)
      }
      if ContinuousClock.now >= nextFigures {
        try await measure()
        nextFigures = ContinuousClock.now + .seconds(10)
      }
      // Rarer: with many open deals it costs some milliseconds.
      if ContinuousClock.now >= nextCounts {
        try await count()
        nextCounts = ContinuousClock.now + .seconds(60)
      }
      try await Task.sleep(for: .seconds(1))
    }
  }

  private func measure() async throws {
    for job in try await admin.jobs(now: clock()) {
      // Not `job`, which Prometheus has for the scraped target.
      let dimensions = [("queue", job.name)]
      Gauge(label: "pricing_checks_due", dimensions: dimensions).record(job.due)
      Gauge(label: "pricing_checks_overdue", dimensions: dimensions).record(job.overdue)
      Gauge(label: "pricing_checks_leased", dimensions: dimensions).record(job.leased)
      Gauge(label: "pricing_checks_lag_seconds", dimensions: dimensions).record(Double(job.lag) / 1000)
      Gauge(label: "pricing_job_paused", dimensions: dimensions).record(job.pausedAt == nil ? 0 : 1)
    }
  }

  private func count() async throws {
    let counts = try await admin.counts()
    Gauge(label: "pricing_products").record(counts.products)
    Gauge(label: "pricing_listings").record(counts.listings)
    Gauge(label: "pricing_open_deals").record(counts.openDeals)
  }
}
