/// What a search finds, with filters that tell how much each would leave.
struct SearchPage: Sendable {
  struct Filter: Sendable, Equatable {
    var query = ""
    var category = ""
    var brand = ""
    var shop = ""
    var least = ""
    var most = ""
    var onSale = ""
    var sort = ""

    var items: [(name: String, value: String)] {
      [
        ("q", query), ("category", category), ("brand", brand), ("shop", shop), ("min_price", least),
        ("max_price", most), ("on_sale", onSale), ("sort", sort),
      ]
    }
  }

  let context: PageContext
  let filter: Filter
  let products: [ProductCard]
  let token: String
  let next: String
  let tree: CategoryTree
  let tally: SearchTally

  func response() -> GatewayResponse {
    let title = filter.query.isEmpty ? context(.searchTitle) : context(.searchFor, ["query": filter.query])
    let layout = Layout(
      context: context, title: title, description: context(.searchStart), isListed: false, query: filter.query)
    return layout.response(filter.query.isEmpty ? start : found(title))
  }

  private var start: HTML {
    "<h1>\(context(.searchTitle))</h1>\n<p class=\"lead\">\(context(.searchStart))</p>"
  }

  private func found(_ title: String) -> HTML {
    let parts = Parts(context: context)
    let path = context.path("/search")
    let count = parts.count(tally.total, isWhole: tally.isWhole)
    let list: HTML =
      products.isEmpty
      ? """
      <div class="empty"><p>\(context(.searchNone, ["query": filter.query]))</p><p>\(context(.searchTry))</p></div>
      """
      : parts.list(products.map { parts.card($0) })
    let lead: HTML? =
      tally.total > 0 ? "<p class=\"lead\">\(context(.searchShown, ["count": count]))</p>" : nil
    // A search is told of once, not with each of its parts.
    let told: String? = token.isEmpty ? String(tally.total) : nil
    return """
      <h1>\(title)</h1>
      \(lead)
      <form class="filters" action="\(path)" method="get" aria-label="\(context(.filters))"\("data-found", attribute: told)>
      <input type="hidden" name="q" value="\(filter.query)">
      \(fields(parts))
      <div class="actions"><button class="button" type="submit">\(context(.apply))</button>
      <a href="\(path)\(WebAddress.query([("q", filter.query)]))">\(context(.clear))</a></div>
      </form>
      \(list)
      \(parts.pages(path, filter.items, token: token, next: next))
      """
  }

  private func fields(_ parts: Parts) -> HTML {
    let any = Parts.Choice(value: "", label: context(.any))
    func choices(_ counts: [String: Int], _ label: (String) -> String = { $0 }) -> [Parts.Choice] {
      [any]
        + SearchTally.ordered(counts).map {
          Parts.Choice(value: $0.key, label: label($0.key), count: parts.count($0.value, isWhole: tally.isWhole))
        }
    }
    let sorts: [(String, Phrase)] = [
      ("", .sortRelevance), ("price", .sortPriceUp), ("-price", .sortPriceDown), ("discount", .sortDiscount),
      ("newest", .sortNewest),
    ]
    let mark: HTML = filter.onSale.isEmpty ? "" : " checked"
    return parts.select("category", .filterCategory, filter.category, choices(tally.categories) { tree.name($0) })
      + "\n" + parts.select("brand", .filterBrand, filter.brand, choices(tally.brands)) + "\n"
      + parts.select("shop", .filterShop, filter.shop, choices(tally.shops) { context.language.shop($0) }) + """

        <fieldset class="field range"><legend>\(context(.filterPrice))</legend>
        <label class="hidden" for="f-min">\(context(.minPrice))</label>
        <input id="f-min" name="min_price" inputmode="decimal" maxlength="20" value="\(filter.least)" \
        placeholder="\(context(.minPrice))">
        <label class="hidden" for="f-max">\(context(.maxPrice))</label>
        <input id="f-max" name="max_price" inputmode="decimal" maxlength="20" value="\(filter.most)" \
        placeholder="\(context(.maxPrice))"></fieldset>

        """ + parts.select("sort", .filterSort, filter.sort, sorts.map { .init(value: $0.0, label: context($0.1)) })
        + """

        <div class="field check"><input id="f-sale" type="checkbox" name="on_sale" value="true"\(mark)>
        <label for="f-sale">\(context(.onSaleOnly))</label></div>
        """
  }
}
