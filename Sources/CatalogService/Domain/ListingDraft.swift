import MeshMessages
import OutboundHTTP

/// The fields of a listing that people decide, checked.
struct ListingDraft: Hashable, Sendable {
  var shop: String
  var externalID: String
  var url: String
  var currency: String
  var locale: String
  /// The raw value of `PriorityClass`; 0: the product's.
  var priority: Int16
  var source: String

  /// - Parameter pages: where pages that are looked at may be.
  /// - Throws: `InvalidField`.
  init(_ listing: CatalogV1.Listing, pages: AddressPolicy = .publicOnly) throws(InvalidField) {
    try self.init(
      shop: listing.shop, externalID: listing.externalId, url: listing.url, currency: listing.currency,
      locale: listing.locale, priority: listing.priority, source: listing.source, pages: pages)
  }

  /// - Parameter pages: where pages that are looked at may be.
  /// - Throws: `InvalidField`.
  init(_ row: CatalogV1.ImportProduct, pages: AddressPolicy = .publicOnly) throws(InvalidField) {
    try self.init(
      shop: row.shop, externalID: row.externalId, url: row.url, currency: row.currency, locale: row.locale,
      priority: row.priority, source: row.source, pages: pages)
  }

  private init(
    shop: String, externalID: String, url: String, currency: String, locale: String,
    priority: CommonV1.PriorityClass, source: String, pages: AddressPolicy
  ) throws(InvalidField) {
    self.shop = try FieldRules.shop(shop)
    self.externalID = try FieldRules.text(externalID, "external_id", 1...200)
    self.url = try FieldRules.webAddress(url, "url")
    self.currency = try FieldRules.currency(currency)
    self.locale = try FieldRules.locale(locale)
    self.priority = try FieldRules.priority(priority)
    switch source {
    case "": self.source = url.isEmpty ? "push" : "page"
    case "page", "feed":
      guard !url.isEmpty else { throw InvalidField("url", "an address, since source is \(source)") }
      self.source = source
    case "push": self.source = source
    default: throw InvalidField("source", "page, feed or push")
    }
    if self.source == "page" { try FieldRules.page(url, pages) }
  }
}
