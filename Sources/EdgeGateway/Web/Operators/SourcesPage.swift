internal import HTTPTypes
internal import MeshMessages

/// The shops' hosts: what they allow and how it goes with them.
struct SourcesPage: Sendable {
  let layout: OperatorLayout
  let sources: [PricingV1.Source]

  func response() -> GatewayResponse {
    layout.response(
      """
      <p class="lead">\(layout.parts.context(.sourcesText))</p>
      <div data-fresh="sources">\(Self.table(layout.parts, sources))</div>
      """)
  }

  /// Those that fail most, of a long list.
  static func worst(_ sources: [PricingV1.Source], _ count: Int) -> [PricingV1.Source] {
    Array(sources.sorted { ($1.failed24h, $0.name) < ($0.failed24h, $1.name) }.prefix(count))
  }

  /// - Parameter sources: nil where the scheduler does not answer.
  static func table(_ parts: OperatorParts, _ sources: [PricingV1.Source]?) -> HTML {
    let context = parts.context
    let language = context.language
    guard let sources else { return "<p class=\"notice\">\(context(.serviceAway))</p>" }
    return parts.table(
      .sources,
      [
        .init(.source), .init(.state), .init(.success, isNumber: true), .init(.checks24h, isNumber: true),
        .init(.rate, isNumber: true), .init(.concurrency, isNumber: true), .init(.budget, isNumber: true),
        .init(.lastError),
      ],
      sources.map { source in
        let all = source.succeeded24h + source.failed24h
        let budget: String =
          source.dailyBudget == 0
          ? context(.budgetNone, ["used": language.number(Int64(source.usedToday))])
          : language.number(Int64(source.usedToday)) + "\u{a0}/\u{a0}" + language.number(Int64(source.dailyBudget))
        return [
          "<a href=\"\(context.path("/admin/sources/\(WebAddress.encode(source.name))"))\">\(source.name)</a>",
          state(source, parts), parts.share(Share.basisPoints(source.succeeded24h, of: all)),
          "\(language.number(all))",
          "\(language.thousandths(Int64(source.rateMillihertz)))\(context(.perSecond))", "\(source.concurrency)",
          "\(budget)", parts.excerpt(source.lastError),
        ]
      }, none: .sourcesNone)
  }

  static func state(_ source: PricingV1.Source, _ parts: OperatorParts) -> HTML {
    let context = parts.context
    if source.paused { return parts.mark(context(.paused), .bad) }
    guard let blocked = source.blockedUntil else { return parts.mark(context(.asked), .good) }
    return parts.mark(context(.blockedUntil, ["time": context.language.preciseMoment(blocked.seconds)]), .bad)
  }
}

/// One source, to be changed.
struct SourcePage: Sendable {
  let layout: OperatorLayout
  let source: PricingV1.Source
  let form: FormMarkup
  let isPaused: Bool

  /// The fields as they are now.
  static func values(_ source: PricingV1.Source, _ language: Language) -> [String: String] {
    // Without marks of groups, which a field would not take back.
    let mark: Character = language == .turkish ? "." : ","
    return [
      "rate": language.thousandths(Int64(source.rateMillihertz)).filter { $0 != mark },
      "concurrency": "\(source.concurrency)", "budget": "\(source.dailyBudget)",
    ]
  }

  func response() -> GatewayResponse {
    let parts = layout.parts
    let context = parts.context
    let fields =
      form.field("rate", context(.rateField), .amount, hint: context(.rateHint))
      + form.field("concurrency", context(.concurrencyField), .number)
      + form.field("budget", context(.budgetField), .number, hint: context(.budgetHint))
      + form.check("paused", context(.pausedField), isOn: isPaused)
    let path = "/admin/sources/\(WebAddress.encode(source.name))"
    return layout.response(
      """
      \(SourcesPage.table(parts, [source]))
      <section class="panel" aria-labelledby="t-budget"><h2 id="t-budget">\(context(.budgets))</h2>
      \(form.form(path, fields, button: context(.save), cancel: "/admin/sources"))</section>
      """, status: form.errors.isEmpty ? .ok : .badRequest)
  }
}
