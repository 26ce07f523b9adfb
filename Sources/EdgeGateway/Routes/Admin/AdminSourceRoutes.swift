internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC

/// The shops' hosts as they are asked for prices, their budgets, and the runs of the jobs that ask them.
struct AdminSourceRoutes {
  let operations: Operations

  private var backends: Backends { operations.backends }

  private static let name = Parameter<String>.text(
    "name", in: .path, length: 1...253, "The host's name, as the list of sources has it."
  ).example("www.shop.example")
  private static let job = Parameter<String>.choice(
    "job", [("product-fetch", "product-fetch"), ("price-check", "price-check")], "Only runs of this job.")
  private static let outcome = Parameter<PricingV1.RunOutcome>.choice(
    "outcome",
    [
      ("succeeded", .succeeded), ("unreachable", .unreachable), ("refused", .refused), ("unreadable", .unreadable),
      ("forbidden_address", .forbiddenAddress), ("gone", .gone), ("not_modified", .notModified),
    ], "Only runs that ended so.")

  private static let fields = ["rateMillihertz", "concurrency", "dailyBudget", "paused"]

  var routes: [Route] {
    let source = PricingV1.Source.layout
    return [
      Route(
        .get, "/v1/admin/sources", "listSources", tag: "admin", "All sources with their budgets and figures.",
        access: .operator, response: .message(PricingV1.ListSourcesResponse.layout), handler: list),
      Route(
        .get, "/v1/admin/sources/{name}", "getSource", tag: "admin", "One source.", access: .operator,
        parameters: [Self.name.declaration], response: .message(source), handler: get),
      Route(
        .patch, "/v1/admin/sources/{name}", "updateSource", tag: "admin",
        "Changes what the body names of a source: rate in thousandths of a request a second, requests at a time, requests "
          + "a day (0: no limit), pause.",
        access: .operator, parameters: [Self.name.declaration], body: .fields(Self.fields, of: source),
        response: .message(source), handler: update
      ).with { $0.further = [.conflict] },
      Route(
        .get, "/v1/admin/runs", "listRuns", tag: "admin", "What the jobs did, newest first.", access: .operator,
        parameters: [Self.job.declaration, CommonParameters.listing.declaration, Self.outcome.declaration]
          + CommonParameters.paging,
        response: .message(PricingV1.ListRunsResponse.layout), handler: runs),
    ]
  }

  @Sendable private func list(_ request: GatewayRequest) async throws -> GatewayResponse {
    try GatewayJSON.response(try await backends.scheduler.listSources(.init(), options: backends.read))
  }

  @Sendable private func get(_ request: GatewayRequest) async throws -> GatewayResponse {
    try GatewayJSON.response(try await operations.source(try request.required(Self.name)))
  }

  @Sendable private func update(_ request: GatewayRequest) async throws -> GatewayResponse {
    let body = try await request.jsonBody()
    let names = try BodyFields.named(body, allowed: Self.fields)
    let wanted = try GatewayJSON.read(PricingV1.Source.self, from: body)
    let source = try await operations.updateSource(try request.required(Self.name)) { source in
      for name in names {
        switch name {
        case "rateMillihertz": source.rateMillihertz = wanted.rateMillihertz
        case "concurrency": source.concurrency = wanted.concurrency
        case "dailyBudget": source.dailyBudget = wanted.dailyBudget
        default: source.paused = wanted.paused
        }
      }
    }
    return try GatewayJSON.response(source)
  }

  @Sendable private func runs(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = PricingV1.ListRunsRequest(
      job: try request.value(Self.job) ?? "", listingId: try request.value(CommonParameters.listing) ?? 0,
      outcome: try request.value(Self.outcome) ?? .unspecified, page: try request.page())
    return try GatewayJSON.response(try await backends.scheduler.listRuns(message, options: backends.read))
  }
}
