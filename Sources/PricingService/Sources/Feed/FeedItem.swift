/// One product of a Google Merchant feed.
package struct FeedItem: Sendable, Hashable {
  package var id = ""
  package var title = ""
  package var link = ""
  /// Regular price, in minor units of `currency`.
  package var price: Int64?
  /// ISO 4217.
  package var currency = ""
  package var salePrice: Int64?
  /// When the sale price holds, in seconds since 1970; nil: always.
  package var saleFrom: Int64?
  package var saleUntil: Int64?
  package var availability = Availability.unknown
  package var gtin = ""
  package var mpn = ""
  package var brand = ""
  /// Of `g:seller_name` or `external_seller_id`, on marketplaces.
  package var seller = ""

  /// What a buyer pays at `moment`, and what the shop says it cost before.
  package func prices(at moment: Int64) -> (price: Int64?, listPrice: Int64?) {
    guard let salePrice, saleFrom.map({ moment >= $0 }) ?? true, saleUntil.map({ moment < $0 }) ?? true else {
      return (price, nil)
    }
    guard let price, salePrice < price else { return (price ?? salePrice, nil) }
    return (salePrice, price)
  }
}

/// A row or item that is not taken.
package struct FeedFault: Sendable, Hashable {
  /// Where it begins, from 1.
  package var line: Int
  /// For a person; names the field and what was expected.
  package var reason: String
}

/// One step of reading a feed.
package enum FeedElement: Sendable, Hashable {
  case item(FeedItem)
  case fault(FeedFault)
}
