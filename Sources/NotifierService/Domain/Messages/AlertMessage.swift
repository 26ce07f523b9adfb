/// What a person is told: product, shop, old and new price, real discount, verdict, link.
struct AlertMessage: Hashable, Sendable {
  var reason: FireReason
  var title: String
  var shop: String
  var oldPrice: Money?
  var price: Money?
  /// Of the open deal; nil where the price is part of none.
  var deal: DealSummary?
  /// An http or https address; nil where none is known.
  var link: String?
  /// The person's own name for the alert; may be empty.
  var label: String

  /// - Parameter publicAddress: where the gateway is reached from outside, without a slash at its end: links then go
  ///   through it, which counts them. Nil: links go to the shop.
  init(_ event: MarketEvent, reason: FireReason, label: String, publicAddress: String?) {
    self.reason = reason
    title = event.title.tamed(limit: 300)
    shop = event.shop.tamed(limit: 64)
    self.label = label.tamed(limit: 200)
    price = event.price
    link =
      if let publicAddress { publicAddress + "/go/" + String(event.listing) } else {
        event.url.isWebAddress ? event.url : nil
      }
    switch event.change {
    case .price(let change):
      oldPrice = change.oldPrice
      deal = change.deal
    case .deal(let opening):
      oldPrice = opening.previousPrice
      deal = opening.summary
    case .stock: break
    }
  }

  func text(_ language: Language) -> RichText {
    let words = MessageWords(language)
    var text = RichText()
    text.line(.bold(words.headline(self)))
    text.line(.bold(title))
    if !label.isEmpty { text.line(.plain(words.label + ": " + label)) }
    text.line(.plain(words.shop + ": " + shop))
    if let line = priceLine(language) { text.line(.plain(words.price + ": " + line)) }
    text.line(
      .plain(
        words.realDiscount + ": " + (deal.map { percentText(basisPoints: $0.realDiscount, language) } ?? words.none)))
    text.line(.plain(words.verdict + ": " + words.verdict(deal?.verdict)))
    if let link { text.line(.link(words.open, url: link)) }
    return text
  }

  /// One line, for channels that have one above the text.
  func subject(_ language: Language) -> String { MessageWords(language).headline(self) + ": " + title }

  /// Two lines in a day's digest.
  func digestText(_ language: Language) -> RichText {
    let words = MessageWords(language)
    var text = RichText()
    let name = link.map { RichText.Span.link(title, url: $0) } ?? .bold(title)
    text.lines.append([.plain("• "), name, .plain(" (" + shop + ")")])
    let discount = deal.map { percentText(basisPoints: $0.realDiscount, language) } ?? words.none
    let parts = [
      words.headline(self), priceLine(language), words.realDiscount + ": " + discount,
      words.shortVerdict(deal?.verdict),
    ]
    text.line(.plain(parts.compactMap { $0 }.joined(separator: " · ")))
    return text
  }

  private func priceLine(_ language: Language) -> String? {
    guard let price else { return nil }
    guard let oldPrice, oldPrice != price else { return price.text(language) }
    return oldPrice.text(language) + " → " + price.text(language)
  }
}
