/// Open deals, with filters.
struct DealsPage: Sendable {
  /// What was asked for, as it stands in the address; empty where it was not.
  struct Filter: Sendable, Equatable {
    var category = ""
    var shop = ""
    var discount = ""
    var verdict = ""
    var sort = ""

    /// In the order of the form.
    var items: [(name: String, value: String)] {
      [("category", category), ("shop", shop), ("min_discount", discount), ("verdict", verdict), ("sort", sort)]
    }
  }

  let context: PageContext
  let filter: Filter
  let deals: [DealCard]
  let token: String
  let next: String
  let tree: CategoryTree
  let tally: DealTally

  func response() -> GatewayResponse {
    let layout = Layout(
      context: context, title: context(.dealsTitle), description: context(.dealsDescription),
      feed: "/deals.atom" + feedQuery, current: .deals)
    return layout.response(content)
  }

  private var feedQuery: String { WebAddress.query(filter.items.filter { $0.name != "sort" }) }

  private var content: HTML {
    let parts = Parts(context: context)
    let path = context.path("/deals")
    let list: HTML =
      deals.isEmpty
      ? "<p class=\"empty\">\(context(.dealsNone))</p>"
      : parts.list(deals.map { parts.card($0) })
    return """
      <h1>\(context(.dealsTitle))</h1>
      <p class="lead">\(context(.dealsLead))</p>
      <form class="filters" action="\(path)" method="get" aria-label="\(context(.filters))">
      \(fields(parts))
      <div class="actions"><button class="button" type="submit">\(context(.apply))</button>
      <a href="\(path)">\(context(.clear))</a></div>
      </form>
      \(list)
      \(parts.pages(path, filter.items, token: token, next: next))
      <p class="small"><a href="\(context.path("/deals.atom"))\(feedQuery)">\(context(.dealsFollow))</a></p>
      """
  }

  private func fields(_ parts: Parts) -> HTML {
    let any = Parts.Choice(value: "", label: context(.any))
    let categories = tree.choices.map { node, depth in
      Parts.Choice(
        value: node.path, label: (depth > 0 ? "– " : "") + node.name, count: counted(tally.categories[node.path]))
    }
    let shops = tally.shops.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
      .map { Parts.Choice(value: $0.key, label: context.language.shop($0.key), count: counted($0.value)) }
    let discounts = [1000, 2000, 3000, 5000].map { points in
      Parts.Choice(
        value: String(points), label: context(.atLeast, ["percent": context.language.percent(Int64(points))]))
    }
    let verdicts = [VerdictTone.genuine, .inflated, .unknown].map { tone in
      Parts.Choice(value: tone.rawValue, label: context(tone.phrase), count: counted(tally.verdicts[tone]))
    }
    let sorts: [(String, Phrase)] = [("", .sortScore), ("discount", .sortDiscount), ("newest", .sortNewest)]
    return parts.select("category", .filterCategory, filter.category, [any] + categories) + "\n"
      + parts.select("shop", .filterShop, filter.shop, [any] + shops) + "\n"
      + parts.select("min_discount", .filterDiscount, filter.discount, [any] + discounts) + "\n"
      + parts.select("verdict", .filterVerdict, filter.verdict, [any] + verdicts) + "\n"
      + parts.select(
        "sort", .filterSort, filter.sort == "score" ? "" : filter.sort,
        sorts.map { Parts.Choice(value: $0.0, label: context($0.1)) })
  }

  private func counted(_ count: Int?) -> String? {
    count.map { Parts(context: context).count($0, isWhole: tally.isWhole) }
  }
}
