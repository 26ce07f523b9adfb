internal import MeshMessages

/// One product: what it costs, whether that is good and why, its past, and who sells it.
struct ProductPage: Sendable {
  let context: PageContext
  let model: ProductModel
  let tree: CategoryTree

  func response() -> GatewayResponse {
    let price = model.price ?? context(.noPrice)
    return Layout(
      context: context, title: model.title,
      description: context(.productDescription, ["title": model.title, "price": price]), image: model.image,
      isListed: !model.isRetired, head: ProductData(context: context, model: model).element, kind: "product",
      feed: "/deals.atom" + WebAddress.query([("category", model.category)])
    ).response(content)
  }

  private var parts: Parts { Parts(context: context) }

  private var content: HTML {
    let trail = model.category.isEmpty ? HTML() : parts.trail(tree.trail(model.category))
    return """
      \(trail)
      <article data-product="\(model.id)">
      <div class="product">
      <div class="media">\(parts.picture(model.image, model.title, isFirst: true))</div>
      <div class="main">\(headline)</div>
      </div>
      \(history)
      \(statistics)
      \(ProductTables(context: context, model: model).content)
      </article>
      """
  }

  private var headline: HTML {
    let brand: HTML? =
      model.brand.isEmpty
      ? nil
      : """
      <p class="eyebrow"><a href="\(context.path("/search"))\(WebAddress.query([("q", model.brand)]))">\(model.brand)</a></p>

      """
    let retired: HTML? = model.isRetired ? "<p class=\"notice\">\(context(.retired))</p>\n" : nil
    let price: HTML =
      model.price.map { "<p class=\"now\">\($0)</p>" } ?? "<p class=\"now none\">\(context(.noPrice))</p>"
    let seller: HTML? =
      model.shop.isEmpty
      ? nil
      : """
      <p class="muted">\(context(.currentPrice)) · <span class="shop">\(model.shop)</span></p>

      """
    let link: HTML? = model.shopLink.map { address in
      """
      <p><a class="button" rel="noopener noreferrer nofollow" href="\(address)">\
      \(context(.goToShop, ["shop": model.shop]))</a></p>

      """
    }
    return """
      \(brand)<h1>\(model.title)</h1>
      \(retired)<div class="figures">\(price)\(discount)</div>
      \(seller)\(judgement)\(link)\(tellMe)
      """
  }

  private var discount: HTML? {
    model.discount.map { "<span class=\"badge\">\(context(.realDiscount, ["percent": $0]))</span>" }
  }

  private var judgement: HTML {
    guard let verdict = model.verdict else {
      return """
        <section class="judgement"><h2>\(context(.standing))</h2>
        <p>\(model.standing)</p></section>

        """
    }
    return """
      <section class="judgement \(verdict.tone.rawValue)"><h2>\(context(verdict.tone.phrase))</h2>
      <p>\(verdict.reason)</p></section>

      """
  }

  /// Only where there are accounts to tell: a form that leads nowhere is worse than none.
  private var tellMe: HTML? {
    guard context.site.features.accounts, let target = model.target else { return nil }
    let amount = context.language.typedAmount(target)
    return """
      <form class="tell" action="\(context.path("/account/alerts/new"))" method="get">
      <h2>\(context(.tellMe))</h2><p class="small">\(context(.tellMeLead))</p>
      <input type="hidden" name="product" value="\(model.id)">
      <label for="target">\(context(.target)) (\(target.currency))</label>
      <input id="target" name="target" inputmode="decimal" maxlength="20" value="\(amount)">
      <button class="button" type="submit">\(context(.tellMeButton))</button>
      </form>
      """
  }

  // MARK: The past

  private var history: HTML {
    let spans = ChartSpan.allCases.map { span -> HTML in
      let mark: String? = span == model.span ? "true" : nil
      let query = span == .quarter ? "" : "?days=\(span.rawValue)"
      return """
        <a href="\(context.path("/p/\(model.id)"))\(query)#history"\("aria-current", attribute: mark)>\
        \(span.label(context.language))</a>
        """
    }
    return """
      <section class="panel" id="history">
      <div class="heading"><h2>\(context(.history))</h2>
      <nav class="spans" aria-label="\(context(.chartRange))">\(spans)</nav></div>
      \(chart)
      </section>
      """
  }

  private var chart: HTML {
    let language = context.language
    let plans = [ChartPlan.Size.wide, .narrow].compactMap {
      ChartPlan(model.series, size: $0, reference: model.reference, language: language)
    }
    guard plans.count == 2 else { return "<p class=\"empty\">\(context(.chartNone))</p>" }
    let drawings = zip(plans, ["wide", "narrow"]).map { plan, name in
      ChartSVG(plan: plan, look: .page, language: language, title: model.chartTitle).drawing(name)
    }
    let rows = model.rows.map { row -> HTML in
      "<tr><td><time datetime=\"\(row.machine)\">\(row.at)</time></td><td class=\"number\">\(row.price)</td></tr>"
    }
    return """
      <figure class="chart" data-chart="\(context(.chartKeyboard))">
      \(drawings)
      <p class="readout" aria-hidden="true"></p>
      <figcaption>\(model.chartTitle)</figcaption>
      </figure>
      <ul class="legend">\(legend)</ul>
      <details><summary>\(context(.chartTable))</summary>
      <table class="changes"><thead><tr><th scope="col">\(context(.lastChange))</th>\
      <th scope="col" class="number">\(context(.price))</th></tr></thead>
      <tbody>\(rows.joined("\n"))</tbody></table></details>
      """
  }

  /// Only what the chart has.
  private var legend: HTML {
    var items: [HTML] = ["<li class=\"k-line\">\(context(.price))</li>"]
    if model.series.points.contains(where: { $0.listPrice.map(model.series.isShown) ?? false }) {
      items.append("<li class=\"k-list\">\(context(.listPrice))</li>")
    }
    if model.reference != nil { items.append("<li class=\"k-reference\">\(context(.reference))</li>") }
    if !model.series.stockOuts.isEmpty { items.append("<li class=\"k-out\">\(context(.outOfStock))</li>") }
    return items.joined()
  }

  private var statistics: HTML {
    guard !model.windows.isEmpty else { return HTML() }
    let rows = model.windows.map { window -> HTML in
      """
      <tr><th scope="row">\(window.label)</th><td>\(window.low)<span class="when">\(window.lowAt)</span></td>\
      <td>\(window.average)</td><td>\(window.high)<span class="when">\(window.highAt)</span></td></tr>
      """
    }
    let standing: HTML? =
      model.verdict == nil ? nil : "<p class=\"lead\">\(model.standing)</p>"
    return """
      <section class="panel"><h2>\(context(.statistics))</h2>
      \(standing)
      <table class="windows"><thead><tr><th scope="col">\(context(.chartRange))</th><th scope="col">\(context(.lowest))</th>\
      <th scope="col">\(context(.average))</th><th scope="col">\(context(.highest))</th></tr></thead>
      <tbody>\(rows.joined("\n"))</tbody></table></section>
      """
  }
}
