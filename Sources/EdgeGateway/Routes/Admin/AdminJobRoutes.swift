internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

/// What the services do for operators to see, and their jobs to stop and go on.
struct AdminJobRoutes {
  let operations: Operations

  private var backends: Backends { operations.backends }

  private static let job = Parameter<String>.text(
    "name", in: .path, length: 1...64, pattern: "a-z -", "product-fetch, price-check or notify.",
    isAllowed: { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-") }
  ).example("price-check")

  /// The job; for `notify` what the notifier does.
  private static let oneJob = Route.Content.anyOf([
    .message(PricingV1.Job.layout), .message(NotifierV1.NotifierStatus.layout),
  ])

  var routes: [Route] {
    [
      Route(
        .get, "/v1/admin/status", "getStatus", tag: "admin",
        "What scheduler and notifier do. One that does not answer has a reason in its place.", access: .operator,
        response: .object([
          ("scheduler", .message(PricingV1.SchedulerStatus.layout)),
          ("notifier", .message(NotifierV1.NotifierStatus.layout)), ("errors", .anyJSON),
        ]), handler: status),
      Route(
        .get, "/v1/admin/jobs", "listJobs", tag: "admin", "The scheduler's jobs.", access: .operator,
        response: .message(PricingV1.JobsResponse.layout), handler: jobs),
      Route(
        .post, "/v1/admin/jobs/pause", "pauseAllJobs", tag: "admin", "Pauses all jobs, sending too.", access: .operator,
        response: .message(PricingV1.JobsResponse.layout), handler: pauseAll),
      Route(
        .post, "/v1/admin/jobs/resume", "resumeAllJobs", tag: "admin", "Resumes all jobs, sending too.",
        access: .operator, response: .message(PricingV1.JobsResponse.layout), handler: resumeAll),
      Route(
        .post, "/v1/admin/jobs/{name}/pause", "pauseJob", tag: "admin",
        "Pauses one job: no new work begins, what is under way ends.", access: .operator,
        parameters: [Self.job.declaration], response: Self.oneJob, handler: pause),
      Route(
        .post, "/v1/admin/jobs/{name}/resume", "resumeJob", tag: "admin", "Resumes one job.", access: .operator,
        parameters: [Self.job.declaration], response: Self.oneJob, handler: resume),
    ]
  }

  @Sendable private func status(_ request: GatewayRequest) async throws -> GatewayResponse {
    async let scheduler = Self.outcome { try await backends.scheduler.getStatus(.init(), options: backends.read) }
    async let notifier = Self.outcome { try await backends.notifier.getStatus(.init(), options: backends.read) }
    var errors: [(String, String)] = []
    var members: [UInt8] = []
    func add(_ name: String, _ outcome: Result<[UInt8], any Error>) {
      switch outcome {
      case .success(let bytes): members += Array("\"\(name)\":".utf8) + bytes + Array(",".utf8)
      case .failure(let error): errors.append((name, ProblemWriter.problem(for: error).detail))
      }
    }
    add("scheduler", await scheduler)
    add("notifier", await notifier)
    var json = JSONWriter()
    json.beginObject()
    for (name, text) in errors {
      json.name(name)
      json.string(text)
    }
    json.endObject()
    return .json(Array("{".utf8) + members + Array("\"errors\":".utf8) + json.bytes + Array("}".utf8))
  }

  private static func outcome<Message: ProtobufMessage>(
    _ call: @Sendable () async throws -> Message
  ) async -> Result<[UInt8], any Error> {
    do { return .success(try GatewayJSON.bytes(try await call())) } catch { return .failure(error) }
  }

  @Sendable private func jobs(_ request: GatewayRequest) async throws -> GatewayResponse {
    let status = try await backends.scheduler.getStatus(.init(), options: backends.read)
    return try GatewayJSON.response(PricingV1.JobsResponse(jobs: status.jobs))
  }

  @Sendable private func pauseAll(_ request: GatewayRequest) async throws -> GatewayResponse {
    try GatewayJSON.response(try await operations.setAllPaused(true))
  }

  @Sendable private func resumeAll(_ request: GatewayRequest) async throws -> GatewayResponse {
    try GatewayJSON.response(try await operations.setAllPaused(false))
  }

  @Sendable private func pause(_ request: GatewayRequest) async throws -> GatewayResponse {
    try Self.response(try await operations.setPaused(true, job: try request.required(Self.job)))
  }

  @Sendable private func resume(_ request: GatewayRequest) async throws -> GatewayResponse {
    try Self.response(try await operations.setPaused(false, job: try request.required(Self.job)))
  }

  private static func response(_ state: Operations.JobState) throws -> GatewayResponse {
    switch state {
    case .scheduler(let job): try GatewayJSON.response(job)
    case .notifier(let status): try GatewayJSON.response(status)
    }
  }
}
