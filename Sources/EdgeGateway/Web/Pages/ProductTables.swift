internal import MeshMessages

/// The lower part of a product's page: offers, deals so far, how to share it, what else is known.
struct ProductTables: Sendable {
  let context: PageContext
  let model: ProductModel

  var content: HTML { offers + past + share + facts }

  private var offers: HTML {
    guard !model.offers.isEmpty else { return HTML() }
    let rows = model.offers.map { offer -> HTML in
      let name: HTML =
        offer.way.map { "<a rel=\"noopener noreferrer nofollow\" href=\"\($0)\">\(offer.shop)</a>" }
        ?? "\(offer.shop)"
      let list: HTML? = offer.listPrice.map { "<span class=\"when\"><s>\($0)</s></span>" }
      let state: HTML = offer.isInStock ? "good" : "off"
      let best: HTML = offer.isBest ? " class=\"best\"" : ""
      return """
        <tr\(best)><th scope="row" class="shop">\(name)</th><td class="number">\(offer.price)\(list)</td>\
        <td><span class="state \(state)">\(context(offer.availability))</span>\
        <span class="when">\(offer.checked)</span></td></tr>
        """
    }
    return """
      <section class="panel"><h2>\(context(.offers))</h2>
      <table><thead><tr><th scope="col">\(context(.shop))</th><th scope="col" class="number">\(context(.price))</th>\
      <th scope="col">\(context(.availability)) · \(context(.checked))</th></tr></thead>
      <tbody>\(rows.joined("\n"))</tbody></table></section>

      """
  }

  private var past: HTML {
    guard !model.past.isEmpty else { return HTML() }
    let parts = Parts(context: context)
    let rows = model.past.map { deal -> HTML in
      let end = deal.closed.map { context(.dealEnded, ["date": $0]) } ?? context(.dealOpen)
      return """
        <li><span><strong>\(deal.price)</strong> <span class="shop">\(deal.shop)</span></span>
        <span class="tags">\(parts.badge(deal.discount))\
        \(parts.verdict(deal.tone))</span>
        <span class="muted">\(deal.opened) – \(end)</span></li>
        """
    }
    return """
      <section class="panel"><h2>\(context(.pastDeals))</h2>
      <ul class="rows">\(rows.joined("\n"))</ul></section>

      """
  }

  private var share: HTML {
    let chart = "\(context.site.base)/chart/\(model.id).svg?days=\(model.span.rawValue)&lang=\(context.language.code)"
    let code: HTML = """
      <a href="\(context.absolute("/p/\(model.id)"))"><img src="\(chart)" alt="\(model.title)" width="720"></a>
      """
    return """
      <section class="panel"><h2>\(context(.share))</h2>
      <p class="share"><button class="button plain" type="button" data-share="\(context.absolute("/p/\(model.id)"))" \
      data-shared="\(context(.shared))" hidden>\(context(.shareButton))</button> <span role="status"></span></p>
      <h3>\(context(.embed))</h3>
      <label for="embed">\(context(.embedHint))</label>
      <textarea id="embed" rows="3" readonly spellcheck="false">\(String(decoding: code.bytes, as: UTF8.self))</textarea>
      <p class="small"><a href="/chart/\(model.id).svg?days=\(model.span.rawValue)&amp;lang=\(context.language.code)">\
      \(context(.chartImage))</a></p></section>

      """
  }

  private var facts: HTML {
    var items = model.attributes
    if !model.gtin.isEmpty { items.insert((context(.gtin), model.gtin), at: 0) }
    if !model.brand.isEmpty { items.insert((context(.brand), model.brand), at: 0) }
    guard !items.isEmpty else { return HTML() }
    let rows = items.map { item -> HTML in "<div><dt>\(item.name)</dt><dd>\(item.value)</dd></div>" }
    return """
      <section class="panel"><h2>\(context(.facts))</h2>
      <dl>\(rows.joined("\n"))</dl></section>
      """
  }
}

/// The same for search engines: schema.org Product with its offers.
struct ProductData: Sendable {
  let context: PageContext
  let model: ProductModel

  var element: HTML {
    var data = LinkedData()
    data.object("Product") { json in
      json.member("name", model.title)
      json.member("image", model.image)
      json.member("gtin", model.gtin)
      json.member("category", model.category)
      json.member("url", context.absolute("/p/\(model.id)"))
      if !model.brand.isEmpty { json.member("brand", "Brand") { $0.member("name", model.brand) } }
      let offers = model.offers.filter { $0.isInStock && $0.money?.currency == model.money?.currency }
      guard let lowest = offers.first?.money, let highest = offers.last?.money else { return }
      json.member("offers", "AggregateOffer") { json in
        json.member("priceCurrency", lowest.currency)
        json.member("lowPrice", CurrencyAmount.text(lowest.minorUnits, lowest.currency))
        json.member("highPrice", CurrencyAmount.text(highest.minorUnits, highest.currency))
        json.member("offerCount", offers.count)
        json.list("offers") { json in
          for offer in offers.prefix(20) {
            json.object("Offer") { json in
              json.member("price", offer.money.map { CurrencyAmount.text($0.minorUnits, $0.currency) })
              json.member("priceCurrency", lowest.currency)
              json.member("availability", "https://schema.org/InStock")
              json.member("url", offer.link)
              json.member("seller", "Organization") { $0.member("name", offer.shop) }
            }
          }
        }
      }
    }
    return data.element
  }
}
