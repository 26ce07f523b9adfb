/// The product pages of the demo shops, each shop with markup of its own kind.
struct ShopPage: Sendable {
  let shop: MarketShop
  let product: MarketProduct
  let state: MarketState
  let url: String

  /// What the Content-Type field says. One shop says it in the page only.
  var contentType: String { shop == .yildiz ? "text/html" : "text/html; charset=utf-8" }

  var bytes: [UInt8] {
    shop == .yildiz ? MarkupText.windows1254(page) : Array(page.utf8)
  }

  private var id: String { product.id(in: shop) }
  private var title: String { MarkupText.html(product.title) }
  private var price: String { state.price.map { PriceWriting.shown($0, in: shop) } ?? "" }
  private var listPrice: String { state.listPrice.map { PriceWriting.shown($0, in: shop) } ?? "" }

  private var page: String {
    """
    <!doctype html>
    <html lang="\(shop.locale)"><head>
    \(shop == .yildiz ? "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=windows-1254\">" : "<meta charset=\"utf-8\">")
    <title>\(title) - \(MarkupText.html(shop.title))</title>
    \(head)</head><body>
    <header><a href="/">\(MarkupText.html(shop.title))</a></header>
    \(content)
    <footer>Tanıtım amaçlı örnek mağaza.</footer>
    </body></html>

    """
  }

  private var head: String {
    switch shop {
    case .anadolu: "<script type=\"application/ld+json\">\(linkedData)</script>\n"
    case .kapadokya: openGraph
    default: ""
    }
  }

  private var linkedData: String {
    let availability = state.isInStock ? "InStock" : "OutOfStock"
    var offer = """
      {"@type":"Offer","url":\(MarkupText.json(url)),"priceCurrency":"\(shop.currency)",\
      "availability":"https://schema.org/\(availability)","itemCondition":"https://schema.org/NewCondition",\
      "seller":{"@type":"Organization","name":\(MarkupText.json(shop.title))}
      """
    if let price = state.price { offer += ",\"price\":\"\(PriceWriting.plain(price))\"" }
    if let list = state.listPrice {
      offer += """
        ,"priceSpecification":{"@type":"UnitPriceSpecification","priceType":"https://schema.org/ListPrice",\
        "price":\(PriceWriting.plain(list)),"priceCurrency":"\(shop.currency)"}
        """
    }
    return """
      {"@context":"https://schema.org","@graph":[{"@type":"BreadcrumbList","itemListElement":[]},\
      {"@type":"Product","name":\(MarkupText.json(product.title)),"sku":\(MarkupText.json(id)),\
      "gtin13":"\(product.gtin)","brand":{"@type":"Brand","name":\(MarkupText.json(product.brand))},\
      "offers":[\(offer)}]}]}
      """
  }

  private var openGraph: String {
    var tags = [
      ("og:type", "product"), ("og:title", product.title), ("product:retailer_item_id", id),
      ("product:price:currency", shop.currency),
      ("product:availability", state.isInStock ? "in stock" : "out of stock"),
    ]
    if let list = state.listPrice, let price = state.price {
      tags.append(("product:price:amount", PriceWriting.plain(list)))
      tags.append(("product:sale_price:amount", PriceWriting.plain(price)))
    } else if let price = state.price {
      tags.append(("product:price:amount", PriceWriting.plain(price)))
    }
    return tags.map { "<meta property=\"\($0.0)\" content=\"\(MarkupText.html($0.1))\">\n" }.joined()
  }

  private var content: String {
    switch shop {
    case .bogazici: microdata
    case .liberty: dollars
    default: plain
    }
  }

  private var plain: String {
    let stock =
      switch (shop, state.isInStock) {
      case (.alpen, true): "An Lager"
      case (.alpen, false): "Nicht lieferbar"
      case (_, true): "Stokta var"
      case (_, false): "Tükendi"
      }
    let list = listPrice.isEmpty ? "" : "<del class=\"old\">\(listPrice)</del> "
    let now = price.isEmpty ? "" : "<strong class=\"now\" id=\"fiyat\">\(price)</strong>"
    return """
      <main class="product" data-id="\(id)"><h1>\(title)</h1>
      <div class="price-box">\(list)\(now)</div>
      <p id="stock">\(stock)</p></main>
      <aside class="others"><h2>Benzer ürünler</h2><span class="now-other">99,90 TL</span></aside>
      """
  }

  private var microdata: String {
    let availability = state.isInStock ? "InStock" : "OutOfStock"
    let now = price.isEmpty ? "" : "<span itemprop=\"price\">\(price)</span>"
    let list =
      state.listPrice.map {
        """
        <div itemprop="priceSpecification" itemscope itemtype="https://schema.org/UnitPriceSpecification">\
        <meta itemprop="priceType" content="https://schema.org/StrikethroughPrice">\
        <s itemprop="price" content="\(PriceWriting.plain($0))">\(listPrice)</s></div>
        """
      } ?? ""
    return """
      <main itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">\(title)</h1>
      <meta itemprop="sku" content="\(id)">
      <div itemprop="offers" itemscope itemtype="https://schema.org/Offer">\(now)
      <meta itemprop="priceCurrency" content="TRY">
      <link itemprop="availability" href="https://schema.org/\(availability)">\(list)
      <span itemprop="seller" itemscope itemtype="https://schema.org/Organization">\
      <b itemprop="name">\(MarkupText.html(shop.title))</b></span></div></main>
      """
  }

  /// Two sellers: the second asks a tenth more.
  private var dollars: String {
    func offer(_ price: Int64?, seller: String) -> String {
      let availability = state.isInStock ? "InStock" : "OutOfStock"
      let amount = price.map { "<span itemprop=\"price\">\(PriceWriting.shown($0, in: shop))</span>" } ?? ""
      return """
        <div itemprop="offers" itemscope itemtype="https://schema.org/Offer">\(amount)\
        <meta itemprop="priceCurrency" content="USD">\
        <link itemprop="availability" href="https://schema.org/\(availability)">\
        <span itemprop="seller">\(seller)</span></div>
        """
    }
    return """
      <main itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">\(title)</h1>
      <meta itemprop="productID" content="sku:\(id)">
      \(offer(state.price.map { $0 + $0 / 10 }, seller: "Second Hand Store Inc."))
      \(offer(state.price, seller: "Liberty Goods"))</main>
      """
  }
}
