/// All categories.
struct CategoriesPage: Sendable {
  let context: PageContext
  let tree: CategoryTree

  func response() -> GatewayResponse {
    Layout(
      context: context, title: context(.categoriesTitle), description: context(.categoriesLead), current: .categories
    ).response(content)
  }

  private var content: HTML {
    let parts = Parts(context: context)
    let groups = tree.below("").map { top -> HTML in
      let below = tree.below(top.path).map { node -> HTML in
        """
        <li><a href="\(parts.categoryPath(node.path))">\(node.name)</a> <span class="muted">\
        \(context.language.number(node.count))</span></li>
        """
      }
      return """
        <section class="panel"><h2><a href="\(parts.categoryPath(top.path))">\(top.name)</a></h2>
        <p class="muted">\(context(.productCount, ["count": context.language.number(top.count)]))</p>
        <ul class="plain">\(below.joined("\n"))</ul></section>
        """
    }
    let list: HTML =
      groups.isEmpty
      ? "<p class=\"empty\">\(context(.categoriesNone))</p>" : "<div class=\"panels\">\(groups.joined("\n"))</div>"
    return "<h1>\(context(.categoriesTitle))</h1>\n<p class=\"lead\">\(context(.categoriesLead))</p>\n\(list)"
  }
}

/// One category: what is below it, and its products.
struct CategoryPage: Sendable {
  let context: PageContext
  /// As it stands in the address.
  let category: String
  let tree: CategoryTree
  let products: [ProductCard]
  let sort: String
  let onSale: Bool
  let token: String
  let next: String

  private var name: String { tree.name(category) }
  private var items: [(name: String, value: String)] { [("on_sale", onSale ? "true" : ""), ("sort", sort)] }

  func response() -> GatewayResponse {
    Layout(
      context: context, title: name, description: context(.categoryDescription, ["category": name]),
      feed: "/deals.atom" + WebAddress.query([("category", category)]), current: .categories
    ).response(content)
  }

  private var content: HTML {
    let parts = Parts(context: context)
    let path = parts.categoryPath(category)
    let below = tree.below(category).map { node -> HTML in
      """
      <li><a href="\(parts.categoryPath(node.path))">\(node.name) <span>\(context.language.number(node.count))</span></a></li>
      """
    }
    let chips: HTML? = below.isEmpty ? nil : "<ul class=\"chips\">\(below.joined("\n"))</ul>"
    let list: HTML =
      products.isEmpty
      ? "<p class=\"empty\">\(context(.categoryEmpty))</p>"
      : parts.list(products.map { parts.card($0) })
    let count = tree[category].map { node -> HTML in
      "<p class=\"lead\">\(context(.productCount, ["count": context.language.number(node.count)]))</p>"
    }
    let mark: HTML = onSale ? " checked" : ""
    let sorts: [(String, Phrase)] = [
      ("", .sortNewest), ("updated", .sortUpdated), ("discount", .sortDiscount), ("price", .sortPriceUp),
      ("-price", .sortPriceDown),
    ]
    return """
      \(parts.trail(tree.trail(category).dropLast()))
      <h1>\(name)</h1>
      \(count)
      \(chips)
      <form class="filters" action="\(path)" method="get" aria-label="\(context(.filters))">
      \(parts.select("sort", .filterSort, sort, sorts.map { .init(value: $0.0, label: context($0.1)) }))
      <div class="field check"><input id="f-sale" type="checkbox" name="on_sale" value="true"\(mark)>
      <label for="f-sale">\(context(.onSaleOnly))</label></div>
      <div class="actions"><button class="button" type="submit">\(context(.apply))</button></div>
      </form>
      \(list)
      \(parts.pages(path, items, token: token, next: next))
      """
  }
}
