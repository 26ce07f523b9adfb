extension ShopSelectors {
  /// What stands at the selected places. A price's place that is missing or unclear is a doubt, never a reason to take
  /// the price from elsewhere: whoever wrote the selectors had a reason not to trust the rest.
  func offer(in document: HTMLDocument, listing: SourceListing, currency: Currency) throws(HTMLError) -> PageOffer {
    var offer = PageOffer()
    if let price {
      let texts = try texts(at: price, in: document)
      if texts.isEmpty {
        offer.doubt = "the shop's price selector finds nothing"
      } else if let amount = amount(texts, listing: listing, currency: currency), amount > 0 {
        offer.price = amount
      } else {
        offer.doubt = "what the shop's price selector finds is no single, certain price"
      }
    }
    if let listPrice {
      let amount = amount(try texts(at: listPrice, in: document), listing: listing, currency: currency)
      if let amount, let paid = offer.price, amount > paid { offer.listPrice = amount }
    }
    if let seller { offer.seller = String((try texts(at: seller, in: document).first ?? "").prefix(200)) }
    if let availability {
      offer.availability = stock(try texts(at: availability, in: document))
    }
    return offer
  }

  private func texts(at place: Place, in document: HTMLDocument) throws(HTMLError) -> [String] {
    var found: [String] = []
    for node in try document.select(place.expression, limit: 20) {
      let text: String?
      if let attribute = place.attribute, node.isElement {
        text = node.attribute(attribute)
      } else {
        text = node.visibleText
      }
      if let text, !text.allSatisfy(\.isWhitespace) { found.append(text) }
    }
    return found
  }

  /// All that is found must be the same price: pages repeat it for small screens.
  private func amount(_ texts: [String], listing: SourceListing, currency: Currency) -> Int64? {
    let reader = PriceText(currency: currency.code, locale: listing.locale, decimalSeparator: decimalSeparator)
    var amount: Int64?
    for text in texts {
      let reading: PriceText.Reading
      do {
        reading = try reader.read(text)
      } catch {
        return nil
      }
      guard reading.currency == currency.code, let units = reading.minorUnits, amount == nil || amount == units else {
        return nil
      }
      amount = units
    }
    return amount
  }

  private func stock(_ texts: [String]) -> Availability? {
    let text = texts.joined(separator: " ").lowercased()
    // "Stokta yok" holds "Stokta": what says no is asked first.
    if outOfStock.contains(where: { text.contains($0) }) { return .outOfStock }
    if inStock.contains(where: { text.contains($0) }) { return .inStock }
    return texts.compactMap { AvailabilityText.read($0) }.first
  }
}
