/// Turns a listing into an observation. One source serves all listings of its kind, from many tasks at once.
package protocol PriceSource: Sendable {
  /// Looks at a listing now.
  ///
  /// - Throws: `SourceError`, `CancellationError`.
  func observe(_ listing: SourceListing) async throws -> SourceOutcome
}

/// What a source needs to know of a listing.
package struct SourceListing: Sendable, Hashable {
  package var listingID: Int64
  package var shop: String
  /// The shop's own id.
  package var externalID: String
  package var url: String
  /// ISO 4217.
  package var currency: String
  /// BCP 47, such as `tr-TR`; empty when nobody knows.
  package var locale: String
  /// Of the last answer, for a conditional request.
  package var validators: Validators?

  package init(
    listingID: Int64, shop: String, externalID: String, url: String, currency: String, locale: String,
    validators: Validators? = nil
  ) {
    self.listingID = listingID
    self.shop = shop
    self.externalID = externalID
    self.url = url
    self.currency = currency
    self.locale = locale
    self.validators = validators
  }
}

/// What was seen.
package struct SourceObservation: Sendable, Hashable {
  /// In minor units of `currency`, above 0; nil where none is shown.
  package var price: Int64?
  package var currency: String
  /// What the shop says it cost before.
  package var listPrice: Int64?
  package var availability: Availability
  package var seller: String

  package init(
    price: Int64?, currency: String, listPrice: Int64? = nil, availability: Availability, seller: String = ""
  ) {
    self.price = price
    self.currency = currency
    self.listPrice = listPrice
    self.availability = availability
    self.seller = seller
  }
}

/// What came of looking at a listing.
package enum SourceOutcome: Sendable, Hashable {
  case observed(SourceObservation, validators: Validators)
  /// Nothing has changed since the answer that the listing's validators belong to.
  case notModified
  /// The shop says that the listing is no more.
  case gone
}

/// What makes the next request conditional (RFC 9110 §13).
package struct Validators: Sendable, Hashable {
  package var etag: String?
  package var lastModified: String?

  package init(etag: String? = nil, lastModified: String? = nil) {
    self.etag = etag
    self.lastModified = lastModified
  }
}

/// Why a source has no answer.
package struct SourceError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Kind: Sendable, Hashable {
    /// No answer, or one that promises better luck later.
    case unreachable
    /// The host does not want to be asked now, or ever.
    case refused(retryAfter: Duration?)
    /// There is an answer, and no price that can be trusted.
    case unreadable
    /// The URL leads to an address that this service must not call.
    case forbiddenAddress
  }

  package var kind: Kind
  /// For a person; safe to log.
  package var detail: String

  package init(_ kind: Kind, _ detail: String) {
    self.kind = kind
    self.detail = detail
  }

  package var description: String { "\(kind): \(detail)" }
}
