internal import MeshMessages

/// The jobs and who does them, what is late, and how to stop all that.
struct JobsPage: Sendable {
  let layout: OperatorLayout
  let scheduler: PricingV1.SchedulerStatus?
  let notifier: NotifierV1.NotifierStatus?
  /// Nil where the scheduler does not answer.
  let overdue: [PricingV1.OverdueListing]?

  /// As many of the overdue as the page lists.
  static let overdueShown: UInt32 = 50

  private var parts: OperatorParts { layout.parts }
  private var context: OperatorContext { layout.parts.context }

  func response() -> GatewayResponse {
    layout.response(
      """
      <section data-fresh="jobs" aria-labelledby="t-jobs"><div class="heading"><h2 id="t-jobs">\(context(.jobs))</h2>
      <div class="actions">\(parts.ask("/admin/jobs/pause", .pauseAll))\(parts.act("/admin/jobs/resume", .resumeAll))</div></div>
      \(Self.table(parts, scheduler, notifier, hasButtons: true))</section>
      <section data-fresh="workers" aria-labelledby="t-workers"><h2 id="t-workers">\(context(.workers))</h2>
      \(workers)</section>
      <section data-fresh="overdue" aria-labelledby="t-overdue"><h2 id="t-overdue">\(context(.overdueListings))</h2>
      <p class="muted">\(context(.overdueText))</p>
      \(late)</section>
      """)
  }

  /// - Parameter hasButtons: to pause and resume.
  static func table(
    _ parts: OperatorParts, _ scheduler: PricingV1.SchedulerStatus?, _ notifier: NotifierV1.NotifierStatus?,
    hasButtons: Bool
  ) -> HTML {
    let context = parts.context
    let language = context.language
    func state(_ isPaused: Bool, _ name: String) -> [HTML] {
      let mark = isPaused ? parts.mark(context(.paused), .bad) : parts.mark(context(.running), .good)
      guard hasButtons else { return [mark] }
      let path = "/admin/jobs/\(WebAddress.encode(name))"
      let button =
        isPaused
        ? parts.act(path + "/resume", .resume, subject: name) : parts.ask(path + "/pause", .pause, subject: name)
      return [mark, button]
    }
    // Sending is the notifier's, which tells of it itself.
    var rows = (scheduler?.jobs ?? []).filter { $0.name != Operations.notifyJob }.map { job -> [HTML] in
      let states = state(job.paused, job.name)
      return [
        "\(name(job.name, context))", states[0], "\(language.number(job.due))", "\(language.number(job.overdue))",
        "\(language.number(job.leased))", parts.length(job.lag?.milliseconds),
      ] + states.dropFirst()
    }
    if let notifier {
      let states = state(notifier.paused, Operations.notifyJob)
      rows.append(
        [
          "\(name(Operations.notifyJob, context))", states[0], "\(language.number(notifier.pending))",
          "\(language.number(notifier.parked)) \(context(.parkedShort))", "—",
          parts.length(notifier.oldestPending?.milliseconds),
        ] + states.dropFirst())
    }
    let columns: [OperatorParts.Column] = [
      .init(.job), .init(.state), .init(.due, isNumber: true), .init(.overdue, isNumber: true),
      .init(.leased, isNumber: true), .init(.late, isNumber: true),
    ]
    let missing: HTML? =
      scheduler == nil || notifier == nil ? "<p class=\"notice\">\(context(.serviceAway))</p>" : nil
    return parts.table(.jobs, columns + (hasButtons ? [.init(.acts)] : []), rows) + (missing ?? HTML())
  }

  /// A job by its name as people read it.
  static func name(_ job: String, _ context: OperatorContext) -> String {
    switch job {
    case "price-check": context(.priceCheck)
    case "product-fetch": context(.productFetch)
    case Operations.notifyJob: context(.notify)
    default: job
    }
  }

  private var workers: HTML {
    parts.table(
      .workers, [.init(.worker), .init(.seen), .init(.leased, isNumber: true)],
      (scheduler?.workers ?? []).map { worker in
        ["\(worker.id)", parts.moment(worker.seenAt?.seconds), "\(context.language.number(worker.leased))"]
      }, none: .workersNone)
  }

  private var late: HTML {
    guard let overdue else { return "<p class=\"notice\">\(context(.serviceAway))</p>" }
    return parts.table(
      .overdueListings,
      [
        .init(.product), .init(.listing), .init(.shop), .init(.source), .init(.job), .init(.dueSince),
        .init(.checkedLast), .init(.failures, isNumber: true), .init(.acts),
      ],
      overdue.map { listing in
        [
          "<a href=\"\(context.path("/admin/products/\(listing.productId)"))\">\(listing.productTitle)</a>",
          "<a href=\"\(context.path("/admin/runs?listing=\(listing.listingId)"))\">\(listing.listingId)</a>",
          "\(listing.shop)", "\(listing.source)", "\(Self.name(listing.job, context))",
          parts.moment(listing.dueAt?.seconds), parts.moment(listing.checkedAt?.seconds), "\(listing.failures)",
          parts.act(
            "/admin/listings/\(listing.listingId)/check", .checkNow, subject: "\(listing.listingId)",
            back: "/admin/jobs"),
        ]
      }, none: .overdueNone)
  }
}
