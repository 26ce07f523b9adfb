/// The first page: what this is, the search, and the best genuine deals.
struct HomePage: Sendable {
  let context: PageContext
  let deals: [DealCard]
  let categories: [CategoryTree.Node]

  func response() -> GatewayResponse {
    Layout(context: context, description: context(.homeDescription), head: data).response(content)
  }

  private var content: HTML {
    let parts = Parts(context: context)
    let chips = categories.map { node -> HTML in
      """
      <li><a href="\(parts.categoryPath(node.path))">\(node.name) <span>\(context.language.number(node.count))</span></a></li>
      """
    }
    let list: HTML =
      deals.isEmpty
      ? "<p class=\"empty\">\(context(.homeNone))</p>"
      : "<ul class=\"cards\">\(deals.map { parts.card($0) }.joined("\n"))</ul>"
    let browse: HTML =
      chips.isEmpty
      ? ""
      : "<section><h2>\(context(.homePopular))</h2><ul class=\"chips\">\(chips.joined("\n"))</ul></section>"
    return """
      <section class="hero">
      <h1>\(context(.homeTitle))</h1>
      <p>\(context(.homeLead))</p>
      </section>
      <section id="live" data-new="\(context(.liveNew))"\("data-live", attribute: context.site.features.liveDeals)>
      <div class="heading"><h2>\(context(.homeDeals))</h2><a href="\(context.path("/deals"))">\(context(.homeAll))</a></div>
      <p class="news" role="status"></p>
      \(list)
      </section>
      \(browse)
      """
  }

  /// How search engines may look into the site (schema.org WebSite).
  private var data: HTML {
    var data = LinkedData()
    data.object("WebSite") { json in
      json.member("name", "Fiyatradarı")
      json.member("url", context.absolute("/"))
      json.member("inLanguage", context.language.code)
    }
    return data.element
  }
}
