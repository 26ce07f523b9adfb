package import ServiceKit

/// What a tier grants: so many requests a second on average, so many at once, and so many a day.
package struct RatePolicy: Sendable, Equatable {
  /// 1 to 100,000.
  package var requestsPerSecond: Int
  /// How many may come at once after a pause, 1 to 100,000.
  package var burst: Int
  /// How many on one day of UTC; nil for as many as the rate allows.
  package var daily: Int?

  package init(requestsPerSecond: Int, burst: Int, daily: Int? = nil) {
    self.requestsPerSecond = requestsPerSecond
    self.burst = burst
    self.daily = daily
  }

  /// Microseconds in which one request is granted anew.
  var interval: Int64 { Int64(1_000_000 / requestsPerSecond) }

  /// Seconds in which an empty bucket is full again, at least 1: the window that clients are told.
  var window: Int { max(1, (burst + requestsPerSecond - 1) / requestsPerSecond) }

  static let defaults: [RateTier: RatePolicy] = [
    .web: RatePolicy(requestsPerSecond: 30, burst: 50),
    .api: RatePolicy(requestsPerSecond: 10, burst: 20),
    .auth: RatePolicy(requestsPerSecond: 3, burst: 5),
    .free: RatePolicy(requestsPerSecond: 2, burst: 10, daily: 10_000),
    .pro: RatePolicy(requestsPerSecond: 20, burst: 40, daily: 500_000),
    .partner: RatePolicy(requestsPerSecond: 100, burst: 200, daily: 10_000_000),
  ]

  /// The policies of all tiers but `internal`, which has none.
  ///
  /// - Parameter changes: `TIER:RATE:BURST` or `TIER:RATE:BURST:DAILY` each.
  /// - Throws: `ServiceError` `.configuration` that names the entry.
  package static func policies(_ changes: [String]) throws(ServiceError) -> [RateTier: RatePolicy] {
    var policies = defaults
    for change in changes {
      let parts = change.split(separator: ":", omittingEmptySubsequences: false)
      let numbers = parts.dropFirst().map { Int($0) }
      guard parts.count == 3 || parts.count == 4, let tier = RateTier(rawValue: String(parts[0])), tier != .internal,
        let rate = numbers[0], (1...100_000).contains(rate), let burst = numbers[1], (1...100_000).contains(burst),
        numbers.count == 2 || (numbers[2].map { (1...1_000_000_000_000).contains($0) } ?? false)
      else {
        throw ServiceError(
          .configuration,
          "RATE_LIMIT_TIERS: \(change.prefix(60)) is not TIER:RATE:BURST or TIER:RATE:BURST:DAILY, such as api:10:20")
      }
      policies[tier] = RatePolicy(
        requestsPerSecond: rate, burst: burst, daily: numbers.count == 3 ? numbers[2] : policies[tier]?.daily)
    }
    return policies
  }
}

/// By which limit a route's requests are counted, where they bear no API key.
package enum RouteLimit: Sendable, Equatable {
  /// Not at all: health checks, which must not fail for others' zeal.
  case exempt
  case web
  case api
  case auth

  package var tier: RateTier? {
    switch self {
    case .exempt: nil
    case .web: .web
    case .api: .api
    case .auth: .auth
    }
  }
}
