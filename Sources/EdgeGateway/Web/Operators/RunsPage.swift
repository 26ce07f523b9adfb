internal import MeshMessages

/// What the jobs did.
struct RunsPage: Sendable {
  struct Filter: Sendable {
    var job = ""
    var outcome = ""
    var listing = ""

    var items: [(name: String, value: String)] { [("job", job), ("outcome", outcome), ("listing", listing)] }
  }

  let layout: OperatorLayout
  let filter: Filter
  let runs: [PricingV1.Run]
  let token: String
  let next: String

  static let outcomes: [(word: String, value: PricingV1.RunOutcome, phrase: OperatorPhrase)] = [
    ("succeeded", .succeeded, .outcomeSucceeded), ("not_modified", .notModified, .outcomeNotModified),
    ("unreachable", .unreachable, .outcomeUnreachable), ("refused", .refused, .outcomeRefused),
    ("unreadable", .unreadable, .outcomeUnreadable), ("forbidden_address", .forbiddenAddress, .outcomeForbidden),
    ("gone", .gone, .outcomeGone),
  ]

  func response() -> GatewayResponse {
    let parts = layout.parts
    let context = parts.context
    let any = OperatorParts.Choice(value: "", label: context(.any))
    let jobs = ["product-fetch", "price-check"].map {
      OperatorParts.Choice(value: $0, label: JobsPage.name($0, context))
    }
    let outcomes = Self.outcomes.map { OperatorParts.Choice(value: $0.word, label: context($0.phrase)) }
    return layout.response(
      """
      \(parts.filters("/admin/runs", [
        parts.select("job", .job, filter.job, [any] + jobs),
        parts.select("outcome", .outcome, filter.outcome, [any] + outcomes),
        parts.filter("listing", .listing, filter.listing, maximum: 19, mode: "numeric"),
      ]))
      \(table)
      \(parts.pages("/admin/runs", filter.items, token: token, next: next))
      """)
  }

  private var table: HTML {
    let parts = layout.parts
    let context = parts.context
    return parts.table(
      .runs,
      [
        .init(.started), .init(.job), .init(.listing), .init(.source), .init(.outcome), .init(.took, isNumber: true),
        .init(.worker), .init(.detail), .init(.acts),
      ],
      runs.map { run in
        let outcome = Self.outcomes.first { $0.value == run.outcome }
        let isGood = run.outcome == .succeeded || run.outcome == .notModified
        return [
          parts.moment(run.startedAt?.seconds), "\(JobsPage.name(run.job, context))",
          "<a href=\"\(context.path("/admin/runs?listing=\(run.listingId)"))\">\(run.listingId)</a>", "\(run.source)",
          parts.mark(outcome.map { context($0.phrase) } ?? "—", isGood ? .good : .bad),
          parts.length(run.duration?.milliseconds), "\(run.worker)", parts.excerpt(run.detail),
          parts.act(
            "/admin/listings/\(run.listingId)/check", .checkNow, subject: "\(run.listingId)",
            back: "/admin/runs" + WebAddress.query(filter.items)),
        ]
      }, none: .runsNone)
  }
}
