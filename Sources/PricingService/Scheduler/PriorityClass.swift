/// How soon a listing is checked again. The numbers are those of market.proto.
package enum PriorityClass: Int16, Sendable, CaseIterable {
  case hot = 1
  case normal = 2
  case cold = 3
}

/// Kinds of work that can be paused.
package enum JobName: String, Sendable, CaseIterable {
  /// Pages are looked at.
  case priceCheck = "price-check"
  /// Listings of feeds are looked at.
  case productFetch = "product-fetch"
  /// Notifications; kept here for the notifier.
  case notify = "notify"
}
