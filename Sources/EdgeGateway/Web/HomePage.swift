internal import MeshMessages

/// The first page: open deals with their prices. No script; the style sheet is a file of its own.
enum HomePage {
  /// What the page may load: our style sheet.
  static let policy =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  /// - Parameter deals: nil when they cannot be shown at the moment.
  static func render(_ deals: [PricingV1.Deal]?) -> [UInt8] {
    var page = HTMLText()
    page.markup(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Fiyatradari: open deals</title>
      <link rel="stylesheet" href="/style.css">
      </head>
      <body>
      <header><h1>Fiyatradari</h1><p>Prices across shops, and deals judged by what was really charged before.</p></header>
      <main>
      <h2>Open deals</h2>

      """)
    if let deals, !deals.isEmpty {
      table(deals, &page)
    } else if deals != nil {
      page.markup("<p>There are no open deals.</p>\n")
    } else {
      page.markup("<p>Deals cannot be shown at the moment. Try again in a few seconds.</p>\n")
    }
    page.markup(
      """
      </main>
      <footer><p>For programs: <a href="/docs">documentation</a>, <a href="/openapi.json">OpenAPI</a>, <a href="/v1/deals">deals</a>,
      <a href="/v1/products">products</a>.</p></footer>
      </body>
      </html>

      """)
    return page.bytes
  }

  private static func table(_ deals: [PricingV1.Deal], _ page: inout HTMLText) {
    page.markup(
      """
      <table>
      <thead><tr><th scope="col">Product</th><th scope="col">Shop</th><th scope="col">Price</th>
      <th scope="col">Before</th><th scope="col">Real discount</th><th scope="col">Verdict</th>
      <th scope="col">Score</th></tr></thead>
      <tbody>

      """)
    for deal in deals {
      page.markup("<tr><td>")
      page.link(to: deal.url, deal.productTitle.isEmpty ? "product \(deal.productId)" : deal.productTitle)
      page.markup("</td><td>")
      page.text(deal.shop)
      page.markup("</td><td class=\"number\"><strong>")
      page.text(deal.price.map(amount) ?? "")
      page.markup("</strong></td><td class=\"number\">")
      page.text(deal.evidence?.referencePrice.map(amount) ?? "")
      page.markup("</td><td class=\"number\">")
      page.text(percent(deal.realDiscountBasisPoints))
      page.markup("</td><td>")
      page.text(verdict(deal.verdict))
      page.markup("</td><td class=\"number\">")
      page.text(deal.score.map { String($0.total) } ?? "")
      page.markup("</td></tr>\n")
    }
    page.markup("</tbody>\n</table>\n")
  }

  private static func amount(_ money: CommonV1.Money) -> String {
    CurrencyAmount.text(money.minorUnits, money.currency) + " " + money.currency
  }

  /// `1250` is `12.5 %`.
  static func percent(_ basisPoints: UInt32) -> String {
    let (whole, rest) = (basisPoints / 100, basisPoints % 100)
    if rest == 0 { return "\(whole) %" }
    return rest % 10 == 0 ? "\(whole).\(rest / 10) %" : "\(whole).\(rest < 10 ? "0" : "")\(rest) %"
  }

  private static func verdict(_ verdict: CommonV1.Verdict) -> String {
    switch verdict {
    case .genuine: "genuine"
    case .inflated: "inflated"
    default: "too early to tell"
    }
  }

  static let style = """
    :root { color-scheme: light dark; }
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
    table { border-collapse: collapse; width: 100%; }
    th, td { text-align: left; padding: 0.4rem 0.6rem; border-bottom: 1px solid #8886; vertical-align: top; }
    .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
    footer { margin-top: 2rem; }

    """
}
