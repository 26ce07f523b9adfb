internal import MeshMessages

/// Everything at one look.
struct OverviewPage: Sendable {
  let layout: OperatorLayout
  let services: [Operations.ServiceReport]
  /// Nil where its service does not answer.
  let scheduler: PricingV1.SchedulerStatus?
  let notifier: NotifierV1.NotifierStatus?
  let sources: [PricingV1.Source]?
  /// Oldest first.
  let samples: [TrendSample]

  private var parts: OperatorParts { layout.parts }
  private var context: OperatorContext { layout.parts.context }
  private var language: Language { layout.parts.context.language }

  func response() -> GatewayResponse {
    let content: HTML = """
      <section data-fresh="figures" aria-labelledby="t-figures"><h2 id="t-figures">\(context(.figures))</h2>
      <dl class="figures-grid">
      \(figures.joined("\n"))
      </dl></section>
      <section data-fresh="services" aria-labelledby="t-services"><h2 id="t-services">\(context(.services))</h2>
      \(table)</section>
      <section data-fresh="jobs" aria-labelledby="t-jobs"><div class="heading"><h2 id="t-jobs">\(context(.jobs))</h2>
      <a href="\(context.path("/admin/jobs"))">\(context(.jobsAll))</a></div>
      \(JobsPage.table(parts, scheduler, notifier, hasButtons: false))</section>
      <section data-fresh="sources" aria-labelledby="t-sources"><div class="heading"><h2 id="t-sources">\
      \(context(.sources))</h2><a href="\(context.path("/admin/sources"))">\(context(.sourcesAll))</a></div>
      \(SourcesPage.table(parts, sources.map { SourcesPage.worst($0, 8) }))</section>
      <section aria-labelledby="t-cache"><h2 id="t-cache">\(context(.cache))</h2>
      <p>\(context(.cacheText))</p>
      <p>\(parts.ask("/admin/cache/flush", .cacheFlush))</p></section>
      """
    return layout.response(content)
  }

  private var table: HTML {
    parts.table(
      .services,
      [
        .init(.service), .init(.state), .init(.version), .init(.answeredIn, isNumber: true),
        .init(.lag, isNumber: true), .init(.remark),
      ],
      services.map { report in
        [
          "\(report.name)",
          report.isReady ? parts.mark(context(.ready), .good) : parts.mark(context(.notReady), .bad),
          "\(report.version ?? "—")", parts.length(report.took?.wholeMilliseconds),
          parts.length(report.lag?.milliseconds), "\(report.reason ?? "")",
        ]
      })
  }

  private var figures: [HTML] {
    let last = samples.last
    func shown(_ figure: TrendFigure, _ form: @escaping (Int64) -> String) -> (HTML, OperatorParts.Trend) {
      let value: HTML = last?[figure].map { "\(form($0))" } ?? "<span class=\"muted\">—</span>"
      return (value, parts.trend(samples, figure, form))
    }
    let percent: (Int64) -> String = { language.percent($0) }
    let count: (Int64) -> String = { language.number($0) }
    let length: (Int64) -> String = { language.length(milliseconds: $0) }
    func tile(
      _ label: OperatorPhrase, _ figure: TrendFigure, now: Int64? = nil, isBad: (Int64) -> Bool = { _ in false },
      _ form: @escaping (Int64) -> String
    ) -> HTML {
      var (value, trend) = shown(figure, form)
      if let now { value = "\(form(now))" }
      let tone: OperatorParts.Tone = (now ?? last?[figure]).map { isBad($0) ? .bad : .plain } ?? .plain
      return parts.figure(label, value, trend, tone: tone)
    }
    var tiles = [
      tile(.requestRate, .requestRate) { language.thousandths(($0 + 50) / 100 * 100) + context(.perSecond) },
      tile(.failureShare, .failureShare, isBad: { $0 >= 100 }, percent),
      tile(.hitShare, .hitShare, percent),
      tile(.sourceSuccess, .sourceSuccess, isBad: { $0 < 8000 }, percent),
      tile(.due, .due, now: scheduler?.jobs.reduce(0) { $0 + $1.due }, count),
      tile(.overdue, .overdue, now: scheduler?.jobs.reduce(0) { $0 + $1.overdue }, isBad: { $0 > 0 }, count),
      tile(.catalogLag, .catalogLag, now: scheduler?.catalogLag?.milliseconds, isBad: { $0 > 60_000 }, length),
      tile(.pricingLag, .pricingLag, now: notifier?.pricingLag?.milliseconds, isBad: { $0 > 60_000 }, length),
      tile(.pending, .pending, now: notifier?.pending, count),
      tile(.parked, .parked, now: notifier?.parked, isBad: { $0 > 0 }, count),
    ]
    if let scheduler {
      tiles.append(parts.figure(.products, "\(count(scheduler.products))"))
      tiles.append(parts.figure(.listings, "\(count(scheduler.listings))"))
      tiles.append(parts.figure(.openDeals, "\(count(scheduler.openDeals))"))
    }
    if let notifier {
      tiles.append(parts.figure(.alerts, "\(count(notifier.alerts))"))
      tiles.append(parts.figure(.sent, "\(count(notifier.sent24h))"))
    }
    return tiles
  }
}
