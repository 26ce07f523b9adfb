internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC

/// Jobs, runs, sources, deliveries.
extension OperatorPages {
  private static let job = Parameter<String>.text(
    "name", in: .path, length: 1...64, pattern: "a-z -", "The job.",
    isAllowed: { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-") })
  private static let jobFilter = Parameter<String>.choice(
    "job", [("product-fetch", "product-fetch"), ("price-check", "price-check")], "Only runs of this job.")
  private static let outcome = Parameter<PricingV1.RunOutcome>.choice(
    "outcome", RunsPage.outcomes.map { ($0.word, $0.value) }, "Only runs that ended so.")
  private static let source = Parameter<String>.text("name", in: .path, length: 1...253, "The host's name.")
  private static let id = Parameter<Int64>.id("id", in: .path, "Which one.")
  private static let state = Parameter<NotifierV1.DeliveryState>.choice(
    "state", DeliveriesPage.states.map { ($0.word, $0.value) }, "Only those in this state; parked if not given.")
  private static let subscriber = Parameter<String>.text("subscriber", length: 1...100, "Only this subscriber's.")

  var jobRoutes: [Route] {
    [
      page("/admin/jobs", "jobs", "Jobs, workers, overdue listings.", handler: jobs),
      page("/admin/jobs/pause", "pauseAllJobs", "Asks whether all jobs shall be paused.") { request, context in
        let words = OperatorContext(page: context)
        return try layout(request, context, .jobs, title: words(.pauseAllQuestion)).question(
          words(.pauseAllConsequence), button: .pauseAll, path: "/admin/jobs/pause", cancel: "/admin/jobs")
      },
      form("/admin/jobs/pause", "pauseAllJobs", "Pauses all jobs.") { _, _ in
        _ = try await operations.setAllPaused(true)
        return go("/admin/jobs", .allPaused)
      },
      form("/admin/jobs/resume", "resumeAllJobs", "Resumes all jobs.") { _, _ in
        _ = try await operations.setAllPaused(false)
        return go("/admin/jobs", .allResumed)
      },
      page(
        "/admin/jobs/{name}/pause", "pauseJob", "Asks whether a job shall be paused.",
        parameters: [Self.job.declaration]
      ) { request, context in
        let name = try request.required(Self.job)
        let words = OperatorContext(page: context)
        let title = words(.pauseQuestion, ["job": JobsPage.name(name, words)])
        return try layout(request, context, .jobs, title: title).question(
          words(name == Operations.notifyJob ? .pauseNotifyConsequence : .pauseConsequence), button: .pause,
          path: "/admin/jobs/\(name)/pause", cancel: "/admin/jobs")
      },
      form(
        "/admin/jobs/{name}/pause", "pauseJob", "Pauses a job.", parameters: [Self.job.declaration]
      ) { request, _ in
        _ = try await operations.setPaused(true, job: try request.required(Self.job))
        return go("/admin/jobs", .paused)
      },
      form(
        "/admin/jobs/{name}/resume", "resumeJob", "Resumes a job.", parameters: [Self.job.declaration]
      ) { request, _ in
        _ = try await operations.setPaused(false, job: try request.required(Self.job))
        return go("/admin/jobs", .resumed)
      },
      page(
        "/admin/runs", "runs", "What the jobs did.",
        parameters: [
          Self.jobFilter.declaration, Self.outcome.declaration, CommonParameters.listing.declaration,
          CommonParameters.pageToken.declaration,
        ], handler: runs),
      form(
        "/admin/listings/{id}/check", "checkNow", "Makes a listing due at once.", parameters: [Self.id.declaration],
        fields: [Self.back]
      ) { request, _ in
        _ = try await operations.check(listing: try request.required(Self.id))
        return go(back(request, or: "/admin/jobs"), .check)
      },
    ]
  }

  @Sendable private func jobs(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let (backends, options) = (backends, backends.read)
    async let scheduler = told { try await backends.scheduler.getStatus(.init(), options: options) }
    async let notifier = told { try await backends.notifier.getStatus(.init(), options: options) }
    async let overdue = told {
      try await backends.scheduler.listOverdue(.init(limit: JobsPage.overdueShown), options: options).listings
    }
    return JobsPage(
      layout: try layout(request, context, .jobs, isLive: true), scheduler: try await scheduler,
      notifier: try await notifier, overdue: try await overdue
    ).response()
  }

  @Sendable private func runs(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let token = try request.value(CommonParameters.pageToken) ?? ""
    let answer = try await backends.scheduler.listRuns(
      PricingV1.ListRunsRequest(
        job: try request.value(Self.jobFilter) ?? "", listingId: try request.value(CommonParameters.listing) ?? 0,
        outcome: try request.value(Self.outcome) ?? .unspecified,
        page: CommonV1.Page(size: Self.pageSize, token: token)), options: backends.read)
    let filter = RunsPage.Filter(
      job: request.query["job"] ?? "", outcome: request.query["outcome"] ?? "", listing: request.query["listing"] ?? "")
    return RunsPage(
      layout: try layout(request, context, .runs), filter: filter, runs: answer.runs, token: token,
      next: answer.nextPageToken
    ).response()
  }

  // MARK: Sources

  var sourceRoutes: [Route] {
    [
      page("/admin/sources", "sources", "The hosts that are asked.") { request, context in
        let sources = try await backends.scheduler.listSources(.init(), options: backends.read).sources
        return SourcesPage(layout: try layout(request, context, .sources, isLive: true), sources: sources).response()
      },
      page(
        "/admin/sources/{name}", "source", "One host and its budget.", parameters: [Self.source.declaration]
      ) { request, context in
        let source = try await operations.source(try request.required(Self.source))
        let form = FormMarkup(context: context, values: SourcePage.values(source, context.language))
        return try sourcePage(request, form, source, isPaused: source.paused)
      },
      form(
        "/admin/sources/{name}", "updateSource", "Changes a host's budget.", parameters: [Self.source.declaration],
        fields: ["rate", "concurrency", "budget", "paused"], handler: updateSource),
    ]
  }

  private func sourcePage(
    _ request: GatewayRequest, _ form: FormMarkup, _ source: PricingV1.Source, isPaused: Bool
  ) throws -> GatewayResponse {
    SourcePage(
      layout: try layout(request, form.context, .sources, title: source.name), source: source, form: form,
      isPaused: isPaused
    ).response()
  }

  @Sendable private func updateSource(
    _ request: GatewayRequest, _ context: PageContext
  ) async throws -> GatewayResponse {
    let name = try request.required(Self.source)
    let words = OperatorContext(page: context)
    var form = FormMarkup(context: context)
    for field in ["rate", "concurrency", "budget"] { form.values[field] = request.form.trimmed(field) }
    func whole(_ field: String, _ range: ClosedRange<UInt32>, _ fault: OperatorPhrase) -> UInt32 {
      let text = form.values[field] ?? ""
      if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt32(text), range.contains(number) {
        return number
      }
      form.errors.append((field, words(fault)))
      return 0
    }
    let rate = Language.thousandths(typed: form.values["rate"] ?? "").flatMap { $0 <= 1_000_000 ? UInt32($0) : nil }
    if rate == nil { form.errors.append(("rate", words(.rateFault))) }
    let concurrency = whole("concurrency", 0...1000, .concurrencyFault)
    let budget = whole("budget", 0...1_000_000_000, .budgetFault)
    let isPaused = request.form.isOn("paused")
    guard form.errors.isEmpty, let rate else {
      return try sourcePage(request, form, try await operations.source(name), isPaused: isPaused)
    }
    _ = try await operations.updateSource(name) { source in
      (source.rateMillihertz, source.concurrency) = (rate, concurrency)
      (source.dailyBudget, source.paused) = (budget, isPaused)
    }
    return go("/admin/sources/\(WebAddress.encode(name))", .source)
  }

  // MARK: Deliveries

  var deliveryRoutes: [Route] {
    [
      page(
        "/admin/deliveries", "deliveries", "What was sent to everyone.",
        parameters: [
          Self.state.declaration, Self.subscriber.declaration, CommonParameters.pageToken.declaration,
        ], handler: deliveries),
      form(
        "/admin/deliveries/{id}/retry", "retryDelivery", "Sends a parked delivery again.",
        parameters: [Self.id.declaration], fields: [Self.back]
      ) { request, _ in
        _ = try await operations.retry(delivery: try request.required(Self.id))
        return go(back(request, or: "/admin/deliveries"), .retried)
      },
    ]
  }

  @Sendable private func deliveries(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let token = try request.value(CommonParameters.pageToken) ?? ""
    let filter = DeliveriesPage.Filter(
      state: request.query["state"] ?? "parked", subscriber: request.query["subscriber"] ?? "")
    let answer = try await backends.notifier.listDeliveries(
      NotifierV1.ListDeliveriesRequest(
        subscriber: filter.subscriber, state: try request.value(Self.state) ?? .parked,
        page: CommonV1.Page(size: Self.pageSize, token: token)), options: backends.read)
    return DeliveriesPage(
      layout: try layout(request, context, .deliveries), filter: filter, deliveries: answer.deliveries, token: token,
      next: answer.nextPageToken
    ).response()
  }
}
