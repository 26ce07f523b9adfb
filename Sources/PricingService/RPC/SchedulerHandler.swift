package import MeshMessages
package import MeshRPC

/// `fiyatradari.pricing.v1.SchedulerService`.
package struct SchedulerHandler: PricingV1.SchedulerService.Handler {
  private let admin: SchedulerAdmin
  private let runs: RunReader
  private let catalogLag: @Sendable () -> Duration
  private let clock: @Sendable () -> Moment

  /// - Parameter catalogLag: how far behind the catalogue's events this service is.
  package init(
    _ database: PricingDatabase, catalogLag: @escaping @Sendable () -> Duration,
    clock: @escaping @Sendable () -> Moment = { Moment.now() }
  ) {
    admin = SchedulerAdmin(pool: database.pool, intervals: database.intervals)
    runs = RunReader(pool: database.pool)
    self.catalogLag = catalogLag
    self.clock = clock
  }

  package func getStatus(
    _ request: PricingV1.GetStatusRequest, context: ServerContext
  ) async throws -> PricingV1.SchedulerStatus {
    let now = clock()
    var status = PricingV1.SchedulerStatus()
    status.jobs = try await admin.jobs(now: now).map { PricingV1.Job($0) }
    (status.listings, status.products, status.openDeals) = try await admin.counts()
    status.catalogLag = GoogleProtobuf.Duration(milliseconds: catalogLag().milliseconds)
    status.workers = try await admin.workers(now: now).map { id, seenAt, leased in
      var worker = PricingV1.Worker()
      worker.id = id
      worker.seenAt = GoogleProtobuf.Timestamp(seenAt)
      worker.leased = leased
      return worker
    }
    return status
  }

  package func pauseJob(_ request: PricingV1.PauseJobRequest, context: ServerContext) async throws -> PricingV1.Job {
    try await setPaused(true, request.name)
  }

  package func resumeJob(_ request: PricingV1.ResumeJobRequest, context: ServerContext) async throws -> PricingV1.Job {
    try await setPaused(false, request.name)
  }

  package func pauseAll(
    _ request: PricingV1.PauseAllRequest, context: ServerContext
  ) async throws -> PricingV1.JobsResponse {
    try await setAllPaused(true)
  }

  package func resumeAll(
    _ request: PricingV1.ResumeAllRequest, context: ServerContext
  ) async throws -> PricingV1.JobsResponse {
    try await setAllPaused(false)
  }

  private func setPaused(_ isPaused: Bool, _ name: String) async throws -> PricingV1.Job {
    let now = clock()
    guard JobName(rawValue: name) != nil, try await admin.setPaused(isPaused, job: name, now: now),
      let job = try await admin.jobs(name, now: now).first
    else {
      let names = JobName.allCases.map(\.rawValue).joined(separator: ", ")
      throw RPCError.notFound("name: expected one of \(names)")
    }
    return PricingV1.Job(job)
  }

  private func setAllPaused(_ isPaused: Bool) async throws -> PricingV1.JobsResponse {
    let now = clock()
    _ = try await admin.setPaused(isPaused, job: nil, now: now)
    var response = PricingV1.JobsResponse()
    response.jobs = try await admin.jobs(now: now).map { PricingV1.Job($0) }
    return response
  }

  package func listRuns(
    _ request: PricingV1.ListRunsRequest, context: ServerContext
  ) async throws -> PricingV1.ListRunsResponse {
    guard request.job.isEmpty || JobName(rawValue: request.job) != nil else {
      throw RPCError.invalid("job", "one of \(JobName.allCases.map(\.rawValue).joined(separator: ", ")), or none")
    }
    guard request.listingId >= 0 else { throw RPCError.invalid("listing_id", "an id, or 0") }
    guard (0...7).contains(request.outcome.rawValue) else {
      throw RPCError.invalid("outcome", "a value of RunOutcome")
    }
    let page = request.page ?? CommonV1.Page()
    let size = try page.checkedSize()
    let outcome = request.outcome == .unspecified ? nil : Int16(request.outcome.rawValue)
    let fingerprint = PageToken.fingerprint("runs", request.job, "\(request.listingId)", "\(outcome ?? 0)")
    let place = try PageToken(page.token, for: fingerprint)
    let found = try await runs.list(
      job: request.job.isEmpty ? nil : request.job, listing: request.listingId == 0 ? nil : request.listingId,
      outcome: outcome, before: place.map { (Moment(milliseconds: $0.value), $0.id) }, limit: size + 1)
    var response = PricingV1.ListRunsResponse()
    response.runs = found.prefix(size).map { PricingV1.Run($0) }
    if found.count > size, let last = found.prefix(size).last {
      response.nextPageToken = PageToken(value: last.startedAt.milliseconds, id: last.id).text(for: fingerprint)
    }
    return response
  }

  package func listOverdue(
    _ request: PricingV1.ListOverdueRequest, context: ServerContext
  ) async throws -> PricingV1.ListOverdueResponse {
    guard request.job.isEmpty || JobName(rawValue: request.job) != nil else {
      throw RPCError.invalid("job", "one of \(JobName.allCases.map(\.rawValue).joined(separator: ", ")), or none")
    }
    guard request.limit <= 200 else { throw RPCError.invalid("limit", "0 to 200") }
    let found = try await admin.overdue(
      job: request.job.isEmpty ? nil : request.job, limit: request.limit == 0 ? 50 : Int(request.limit), now: clock())
    return PricingV1.ListOverdueResponse(listings: found.map { PricingV1.OverdueListing($0) })
  }

  package func listSources(
    _ request: PricingV1.ListSourcesRequest, context: ServerContext
  ) async throws -> PricingV1.ListSourcesResponse {
    var response = PricingV1.ListSourcesResponse()
    response.sources = try await admin.sources(now: clock()).map { PricingV1.Source($0) }
    return response
  }

  package func updateSource(
    _ request: PricingV1.UpdateSourceRequest, context: ServerContext
  ) async throws -> PricingV1.Source {
    guard let source = request.source else { throw RPCError.invalid("source", "a source") }
    guard source.rateMillihertz <= 1_000_000 else { throw RPCError.invalid("source.rate_millihertz", "0 to 1,000,000") }
    guard source.concurrency <= 1000 else { throw RPCError.invalid("source.concurrency", "0 to 1,000") }
    guard source.dailyBudget <= 1_000_000_000 else {
      throw RPCError.invalid("source.daily_budget", "0 to 1,000,000,000")
    }
    let isKnown = try await admin.update(
      source.name, rateMillihertz: Int32(source.rateMillihertz), concurrency: Int32(source.concurrency),
      dailyBudget: Int32(source.dailyBudget), isPaused: source.paused)
    guard isKnown, let updated = try await admin.sources(source.name, now: clock()).first else {
      throw RPCError.notFound("source.name: expected the name of a source")
    }
    return PricingV1.Source(updated)
  }
}
