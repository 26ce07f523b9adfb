/// An observation as it came, not yet checked.
package struct Arrival: Sendable {
  /// Which listing it is about.
  package enum Target: Hashable, Sendable {
    case id(Int64)
    case key(shop: String, externalID: String)
    case missing
  }

  package var target: Target
  /// Nil where none was given.
  package var observedAt: Moment?
  package var price: Amount?
  package var listPrice: Amount?
  package var availability: Availability?
  package var seller: String

  /// An amount and the currency that it claims to be in.
  package struct Amount: Hashable, Sendable {
    package var minorUnits: Int64
    package var currency: String

    package init(minorUnits: Int64, currency: String) {
      self.minorUnits = minorUnits
      self.currency = currency
    }
  }

  package init(
    target: Target, observedAt: Moment?, price: Amount? = nil, listPrice: Amount? = nil,
    availability: Availability? = nil, seller: String = ""
  ) {
    self.target = target
    self.observedAt = observedAt
    self.price = price
    self.listPrice = listPrice
    self.availability = availability
    self.seller = seller
  }

  /// How far ahead of the service's clock an observation may be, in milliseconds.
  package static let tolerance: Int64 = 300_000
  /// 1990-01-01: before it there were no shops to watch, and each month costs a partition.
  package static let earliest = Moment(milliseconds: 631_152_000_000)
  /// Characters of a seller's name at most.
  package static let maximumSeller = 200

  /// Whether its time may be kept.
  package func hasAcceptableTime(now: Moment) -> Bool {
    guard let observedAt else { return false }
    return observedAt >= Self.earliest && observedAt - now <= Self.tolerance
  }

  /// The observation, if everything about it can be kept.
  /// - Parameter currency: the listing's.
  /// - Throws: `ObservationRejected`.
  package func checked(currency: String, now: Moment) throws(ObservationRejected) -> Observation {
    guard let observedAt else { throw ObservationRejected(.time, "observed_at: expected a time") }
    guard observedAt >= Self.earliest else {
      throw ObservationRejected(.time, "observed_at: expected a time after 1990-01-01T00:00:00Z")
    }
    guard observedAt - now <= Self.tolerance else {
      throw ObservationRejected(.time, "observed_at: expected a time at most 5 minutes ahead")
    }
    guard seller.unicodeScalars.count <= Self.maximumSeller else {
      throw ObservationRejected(.malformed, "seller: expected at most \(Self.maximumSeller) characters")
    }
    return Observation(
      at: observedAt, price: try Self.check(price, "price", currency),
      listPrice: try Self.check(listPrice, "list_price", currency), availability: availability, seller: seller)
  }

  private static func check(
    _ amount: Amount?, _ field: String, _ currency: String
  ) throws(ObservationRejected) -> Int64? {
    guard let amount else { return nil }
    guard amount.currency == currency else {
      throw ObservationRejected(.currency, "\(field).currency: expected \(currency), the listing's")
    }
    guard amount.minorUnits > 0 else {
      throw ObservationRejected(.priceNotPositive, "\(field): expected more than 0, or nothing where none is shown")
    }
    guard amount.minorUnits <= Observation.maximumAmount else {
      throw ObservationRejected(.malformed, "\(field): expected at most \(Observation.maximumAmount) minor units")
    }
    return amount.minorUnits
  }
}

/// Why an observation is not kept.
package struct ObservationRejected: Error, Hashable, Sendable {
  package var reason: Reason
  /// What was expected, for a person.
  package var message: String

  package init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  /// The numbers of `RejectionReason` in pricing.proto.
  package enum Reason: Int16, Sendable {
    case unknownListing = 1
    case priceNotPositive = 2
    case time = 3
    case currency = 4
    case malformed = 5
    case conflict = 6
  }
}
