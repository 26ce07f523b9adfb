/// Finds the listing's offer among the things that a page describes.
///
/// 1. The product: the one whose sku, GTIN, part number, id or URL is the listing's; else the only one; else none, for
///    pages show other products too. Variants of a group (`hasVariant`) are products.
/// 2. Its offers in the listing's currency, used ones left out when there are new ones.
/// 3. Those that can be delivered before those that cannot, and of these the lowest: what a buyer pays who looks. Of an
///    `AggregateOffer` without offers it is `lowPrice`; `highPrice` is what the dearest seller asks, not a list price.
struct ProductReader: Sendable {
  let listing: SourceListing
  let price: MachinePrice

  init(_ listing: SourceListing, currency: Currency) {
    self.listing = listing
    price = MachinePrice(currency: currency, locale: listing.locale)
  }

  /// Nil when no product is described.
  func offer(in items: [StructuredItem]) -> PageOffer? {
    let products = products(in: items)
    guard !products.isEmpty else { return nil }
    let named = products.filter { isListing($0) }
    let candidates = named.isEmpty ? products : named
    var found: PageOffer?
    for product in candidates {
      let offer = bestOffer(of: product)
      guard !offer.isEmpty || offer.doubt != nil else { continue }
      if let found, found.price != offer.price {
        return PageOffer(doubt: "several products with different prices, and none is named as the listing's")
      }
      found = found ?? offer
    }
    return found ?? PageOffer(doubt: "a product without an offer")
  }

  // MARK: Products

  private func products(in items: [StructuredItem]) -> [StructuredItem] {
    var products: [StructuredItem] = []
    for item in items {
      if item.isA("Product", "ProductModel", "IndividualProduct", "Book", "Vehicle", "Car", "SoftwareApplication") {
        products.append(item)
      }
      if item.isA("ProductGroup") {
        let variants = item.items("hasVariant").filter { !$0["offers"].isEmpty }
        products += variants.isEmpty ? [item] : variants
      } else if item.isA("Product") {
        products += item.items("hasVariant").filter { !$0["offers"].isEmpty }
      }
    }
    let withOffers = products.filter { !$0["offers"].isEmpty }
    return withOffers.isEmpty ? products : withOffers
  }

  private func isListing(_ product: StructuredItem) -> Bool {
    for name in [
      "sku", "productID", "mpn", "gtin", "gtin8", "gtin12", "gtin13", "gtin14", "isbn", "identifier", "asin",
    ] {
      for value in product[name] {
        guard let text = value.text else { continue }
        // `productID` may say its kind: `sku:123`.
        if !listing.externalID.isEmpty, text == listing.externalID || text.hasSuffix(":" + listing.externalID) {
          return true
        }
      }
    }
    return product["url"].contains { $0.text.map { isListingURL($0) } ?? false }
  }

  private func isListingURL(_ text: String) -> Bool {
    func bare(_ url: String) -> Substring {
      url.drop { $0 != ":" }.prefix { $0 != "#" }
    }
    return text.contains("://") && bare(text) == bare(listing.url)
  }

  // MARK: Offers

  private func bestOffer(of product: StructuredItem) -> PageOffer {
    let all = product.items("offers").flatMap { flattened($0, depth: 0) }
    let new = all.filter { isNew($0) }
    let offers = (new.isEmpty ? all : new).map { read($0) }
    guard !offers.isEmpty else { return PageOffer() }
    let priced = offers.filter { $0.price != nil }
    let deliverable = priced.filter { $0.availability != .outOfStock }
    if let best = (deliverable.isEmpty ? priced : deliverable).min(by: { ($0.price ?? 0) < ($1.price ?? 0) }) {
      return best
    }
    return offers.first { $0.doubt != nil } ?? offers[0]
  }

  /// The single offers of an offer that stands for several.
  private func flattened(_ offer: StructuredItem, depth: Int) -> [StructuredItem] {
    let inner = offer.items("offers")
    guard !inner.isEmpty, depth < 3 else { return [offer] }
    return inner.flatMap { flattened($0, depth: depth + 1) }
  }

  private func isNew(_ offer: StructuredItem) -> Bool {
    guard let condition = offer.text("itemCondition") else { return true }
    return StructuredItem.localName(condition) == "NewCondition"
  }

  private func read(_ offer: StructuredItem) -> PageOffer {
    var result = PageOffer()
    result.availability = offer.text("availability").flatMap { AvailabilityText.read($0) }
    result.seller = seller(of: offer)

    let specifications = offer.items("priceSpecification").filter { !isConditional($0) }
    let asked = specifications.filter { !isListPrice($0) }
    var values = offer["price"] + (offer["price"].isEmpty ? offer["lowPrice"] : [])
    var currencies = [offer.text("priceCurrency", "currency")]
    if values.isEmpty {
      values = asked.flatMap { $0["price"] }
      currencies += asked.map { $0.text("priceCurrency") }
    }
    if let other = currencies.compactMap({ $0 }).first, other.uppercased() != price.currency.code {
      result.doubt = "the page asks for another currency than \(price.currency.code)"
      result.isForeign = true
      return result
    }
    let read = values.compactMap { price.minorUnits($0) }.filter { $0 > 0 }
    if Set(read).count > 1 {
      result.doubt = "one offer with several prices"
    } else if let only = read.first {
      result.price = only
    } else if values.contains(where: { $0.text?.contains(where: \.isNumber) ?? false }) {
      result.doubt = "a price that can be read in two ways, or of zero"
    }
    let listed = specifications.filter { isListPrice($0) && isOwnCurrency($0) }.flatMap { $0["price"] }
    if let list = listed.compactMap({ price.minorUnits($0) }).first, let paid = result.price, list > paid {
      result.listPrice = list
    }
    return result
  }

  private func isOwnCurrency(_ specification: StructuredItem) -> Bool {
    specification.text("priceCurrency").map { $0.uppercased() == price.currency.code } ?? true
  }

  private func isListPrice(_ specification: StructuredItem) -> Bool {
    guard let type = specification.text("priceType") else { return false }
    return ["ListPrice", "StrikethroughPrice", "SRP", "MSRP"].contains(StructuredItem.localName(type))
  }

  /// Prices for members, for quantities, for instalments: not what everybody pays for one.
  private func isConditional(_ specification: StructuredItem) -> Bool {
    for name in [
      "validForMemberTier", "membershipPointsEarned", "billingIncrement", "billingDuration", "referenceQuantity",
    ]
    where !specification[name].isEmpty {
      return true
    }
    return !specification["eligibleQuantity"].isEmpty && specification["eligibleQuantity"] != [.text("1")]
      && specification["eligibleQuantity"] != [.number("1")]
  }

  private func seller(of offer: StructuredItem) -> String {
    for name in ["seller", "offeredBy"] {
      for value in offer[name] {
        let text: String?
        if case .item(let item) = value { text = item.text("name") } else { text = value.text }
        if let text, !text.hasPrefix("http"), !text.isEmpty { return String(text.prefix(200)) }
      }
    }
    return ""
  }
}
