internal import MeshMessages

extension PricingV1.Job {
  init(_ job: JobFigures) {
    self.init()
    name = job.name
    paused = job.pausedAt != nil
    pausedAt = job.pausedAt.map { GoogleProtobuf.Timestamp($0) }
    due = job.due
    overdue = job.overdue
    leased = job.leased
    lag = GoogleProtobuf.Duration(milliseconds: job.lag)
  }
}

extension PricingV1.OverdueListing {
  init(_ check: OverdueCheck) {
    self.init()
    listingId = check.listing
    productId = check.product
    productTitle = check.productTitle
    shop = check.shop
    source = check.source
    job = check.job
    dueAt = GoogleProtobuf.Timestamp(check.dueAt)
    checkedAt = check.checkedAt.map { GoogleProtobuf.Timestamp($0) }
    failures = UInt32(clamping: check.failures)
  }
}

extension PricingV1.Run {
  init(_ run: RunRecord) {
    self.init()
    id = run.id
    job = run.job
    listingId = run.listingID
    source = run.source
    worker = run.worker
    startedAt = GoogleProtobuf.Timestamp(run.startedAt)
    duration = GoogleProtobuf.Duration(microseconds: run.duration)
    outcome = PricingV1.RunOutcome(rawValue: Int32(run.outcome))
    detail = run.detail
  }
}

extension PricingV1.Source {
  init(_ source: SourceFigures) {
    self.init()
    name = source.name
    rateMillihertz = UInt32(clamping: source.rateMillihertz)
    concurrency = UInt32(clamping: source.concurrency)
    dailyBudget = UInt32(clamping: source.dailyBudget)
    usedToday = UInt32(clamping: source.usedToday)
    paused = source.isPaused
    blockedUntil = source.blockedUntil.map { GoogleProtobuf.Timestamp($0) }
    succeeded24h = source.succeeded
    failed24h = source.failed
    lastError = source.lastError
  }
}

extension GoogleProtobuf.Duration {
  init(milliseconds: Int64) { self.init(microseconds: milliseconds * 1000) }

  /// - Parameter microseconds: 0 or more.
  init(microseconds: Int64) {
    self.init()
    seconds = microseconds / 1_000_000
    nanos = Int32(microseconds % 1_000_000 * 1000)
  }
}
