/// Pieces that several pages are made of.
struct Parts: Sendable {
  let context: PageContext

  /// A picture in a box that keeps its place; the first letter of the title where there is none.
  func picture(_ address: String?, _ title: String, isFirst: Bool = false) -> HTML {
    guard let address else {
      let letter = title.first { $0.isLetter || $0.isNumber }.map { String($0) } ?? "?"
      return "<span class=\"thumb\" aria-hidden=\"true\">\(letter)</span>"
    }
    let loading = isFirst ? "eager" : "lazy"
    return """
      <span class="thumb"><img src="\(address)" alt="" width="200" height="200" loading="\(loading)" decoding="async" \
      referrerpolicy="no-referrer"></span>
      """
  }

  /// A list that is what its page is for; it has a heading for those who go by these.
  func list(_ cards: [HTML]) -> HTML {
    "<h2 class=\"hidden\">\(context(.results))</h2>\n<ul class=\"cards\">\(cards.joined("\n"))</ul>"
  }

  func card(_ card: ProductCard) -> HTML {
    let discount = card.discount.map { badge($0) }
    let price: HTML =
      card.price.map { "<span class=\"price\">\($0)</span>" } ?? "<span class=\"muted\">\(context(.noPrice))</span>"
    let shop: HTML? = card.shop.isEmpty ? nil : "<span class=\"shop\">\(card.shop)</span>"
    let stock: HTML? = card.isOutOfStock ? "<span class=\"tag\">\(context(.outOfStock))</span>" : nil
    return """
      <li class="card">\(picture(card.image, card.title))
      <div class="body"><h3><a href="\(card.path)">\(card.title)</a></h3>
      <p class="line">\(price)\(discount)\(stock)</p>
      <p class="small">\(shop)</p></div></li>
      """
  }

  func card(_ card: DealCard) -> HTML {
    let reference: HTML? = card.reference.map {
      """
      <p class="small"><s>\($0)</s> <span class="muted">\(context(.referenceOf, ["days": String(card.windowDays)]))</span></p>
      """
    }
    let claimed: HTML? = card.claimed.map { "<span class=\"tag\">\(context(.claimed, ["percent": $0]))</span>" }
    let flags = card.flags.map { flag -> HTML in "<span class=\"tag\">\(context(flag))</span>" }
    return """
      <li class="card deal" data-deal="\(card.id)">\(picture(card.image, card.title))
      <div class="body"><h3><a href="\(card.path)">\(card.title)</a></h3>
      <p class="line"><span class="price">\(card.price)</span>\(badge(card.discount))</p>
      \(reference)
      <p class="tags">\(verdict(card.tone))\(claimed)\(flags)</p>
      <p class="small"><span class="shop">\(card.shop)</span> · <time datetime="\(card.sinceMachine)">\
      \(context(.openedAt, ["date": card.since]))</time></p></div></li>
      """
  }

  /// A real discount in short; its name is for who cannot see that it is one.
  func badge(_ percent: String) -> HTML {
    "<span class=\"badge\"><span class=\"hidden\">\(context(.filterDiscount)) </span>−\(percent)</span>"
  }

  func verdict(_ tone: VerdictTone) -> HTML {
    "<span class=\"verdict \(tone.rawValue)\">\(context(tone.phrase))</span>"
  }

  /// From the top category to where one is.
  func trail(_ nodes: [CategoryTree.Node]) -> HTML {
    let links = nodes.map { node -> HTML in
      "<li><a href=\"\(categoryPath(node.path))\">\(node.name)</a></li>"
    }
    return """
      <nav class="trail" aria-label="\(context(.breadcrumb))"><ol>
      <li><a href="\(context.path("/categories"))">\(context(.categories))</a></li>
      \(links.joined("\n"))</ol></nav>
      """
  }

  func categoryPath(_ path: String) -> String {
    context.path("/c/" + WebAddress.encode(path, keepsSlashes: true))
  }

  /// Links to further parts of a list.
  ///
  /// - Parameter items: the list's own filters.
  func pages(_ path: String, _ items: [(name: String, value: String)], token: String, next: String) -> HTML {
    guard !token.isEmpty || !next.isEmpty else { return HTML() }
    let first: HTML? =
      token.isEmpty ? nil : "<a href=\"\(path)\(WebAddress.query(items))\">\(context(.firstPage))</a>"
    let more: HTML? =
      next.isEmpty
      ? nil
      : """
      <a class="button" rel="next" href="\(path)\(WebAddress.query(items + [("page_token", next)]))">\
      \(context(.nextPage))</a>
      """
    return "<nav class=\"pages\" aria-label=\"\(context(.nextPage))\">\(first)\(more)</nav>"
  }

  // MARK: Forms

  struct Choice: Sendable {
    var value: String
    var label: String
    var count: String?
  }

  /// A list to choose from, with its label.
  func select(_ name: String, _ label: Phrase, _ chosen: String, _ choices: [Choice]) -> HTML {
    select(name, context(label), chosen, choices)
  }

  func select(_ name: String, _ label: String, _ chosen: String, _ choices: [Choice]) -> HTML {
    var all = choices
    // What is chosen is there, also where no count knows of it.
    if !chosen.isEmpty, !all.contains(where: { $0.value == chosen }) {
      all.append(Choice(value: chosen, label: chosen))
    }
    let options = all.map { choice -> HTML in
      let mark: HTML = choice.value == chosen ? " selected" : ""
      let count = choice.count.map { " (\($0))" } ?? ""
      return "<option value=\"\(choice.value)\"\(mark)>\(choice.label)\(count)</option>"
    }
    return """
      <div class="field"><label for="f-\(name)">\(label)</label>
      <select id="f-\(name)" name="\(name)">\(options)</select></div>
      """
  }

  /// `1.234`, or `200+` for one that was not counted to its end.
  func count(_ count: Int, isWhole: Bool = true) -> String {
    context.language.number(Int64(count)) + (isWhole ? "" : "+")
  }
}
