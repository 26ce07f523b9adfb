/// Reads a product page.
///
/// Where kinds of markup differ, the more specific one counts: the shop's own selectors, for somebody looked at the
/// page; then JSON-LD, then microdata, which name the product that they speak of; then OpenGraph, which speaks of the
/// page. A lower one only fills in what the higher ones leave out.
package struct PageReader: Sendable {
  var limits = HTMLDocument.Limits()

  package init() {}

  /// - Parameters:
  ///   - charset: of the Content-Type field, if it named one.
  ///   - selectors: the shop's own, if it has any.
  /// - Throws: `SourceError` `.unreadable` when nothing certain is found.
  package func read(
    _ body: [UInt8], charset: String?, listing: SourceListing, selectors: ShopSelectors?
  ) throws(SourceError) -> SourceObservation {
    guard let currency = Currency(listing.currency) else {
      throw SourceError(.unreadable, "the listing's currency is not one of ISO 4217")
    }
    let document: HTMLDocument
    var offers: [PageOffer] = []
    do {
      document = try HTMLDocument(body, charset: charset, locale: listing.locale, limits: limits)
      if let selectors {
        let offer = try selectors.offer(in: document, listing: listing, currency: currency)
        if selectors.price != nil, offer.price == nil, offer.availability != .outOfStock {
          throw SourceError(.unreadable, offer.doubt ?? "no price at the selected place")
        }
        offers.append(offer)
      }
    } catch let error as SourceError {
      throw error
    } catch {
      throw SourceError(.unreadable, "\(error)")
    }
    let reader = ProductReader(listing, currency: currency)
    let linked = JSONLD.items(in: document)
    offers += [
      reader.offer(in: linked.items), reader.offer(in: Microdata.items(in: document)),
      openGraph(OpenGraph(document), price: reader.price),
    ].compactMap { $0 }
    if selectors?.price != nil {
      // The place is known: no price from anywhere else.
      for index in offers.indices.dropFirst() { offers[index].price = nil }
    }
    return try merged(offers, currency: currency, unreadableScripts: linked.unreadable)
  }

  private func openGraph(_ page: OpenGraph, price: MachinePrice) -> PageOffer? {
    var offer = PageOffer()
    offer.availability = page.availability.flatMap { AvailabilityText.read($0) }
    if let other = page.currency, other.uppercased() != price.currency.code {
      offer.doubt = "the page asks for another currency than \(price.currency.code)"
      offer.isForeign = true
      return offer
    }
    func amount(_ text: String?) -> Int64? {
      text.flatMap { price.minorUnits(.text($0)) }.flatMap { $0 > 0 ? $0 : nil }
    }
    let regular = amount(page.price)
    offer.price = regular
    if let sale = amount(page.salePrice), let regular, sale < regular {
      offer.price = sale
      offer.listPrice = regular
    } else if let original = amount(page.originalPrice), let regular, original > regular {
      offer.listPrice = original
    }
    if page.price != nil, offer.price == nil { offer.doubt = "a price that can be read in two ways, or of zero" }
    return offer.isEmpty && offer.doubt == nil ? nil : offer
  }

  private func merged(
    _ offers: [PageOffer], currency: Currency, unreadableScripts: Int
  ) throws(SourceError) -> SourceObservation {
    let availability = offers.lazy.compactMap(\.availability).first
    // The price and its list price come from one kind of markup; two kinds need not speak of the same price.
    let priced = offers.first { $0.price != nil || $0.isForeign }
    let seller = offers.first { !$0.seller.isEmpty }?.seller ?? ""
    if let priced, let price = priced.price {
      return SourceObservation(
        price: price, currency: currency.code, listPrice: priced.listPrice, availability: availability ?? .inStock,
        seller: seller)
    }
    if availability == .outOfStock {
      return SourceObservation(price: nil, currency: currency.code, availability: .outOfStock, seller: seller)
    }
    if let doubt = offers.lazy.compactMap(\.doubt).first { throw SourceError(.unreadable, doubt) }
    if unreadableScripts > 0 {
      throw SourceError(.unreadable, "no price, and \(unreadableScripts) JSON-LD scripts that are not JSON")
    }
    throw SourceError(.unreadable, "no price in JSON-LD, microdata, OpenGraph or at a selected place")
  }
}
