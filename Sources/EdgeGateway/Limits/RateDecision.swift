/// What became of a request at its limit.
package struct RateDecision: Sendable, Equatable {
  package enum Refusal: Sendable, Equatable {
    /// Too many at once; again after so many seconds.
    case rate(retryAfter: Int)
    /// The day's are used up; again after so many seconds.
    case daily(retryAfter: Int)
  }

  package var tier: RateTier
  package var policy: RatePolicy
  /// How many more may come now, about.
  package var remaining: Int
  /// Nil when it is granted.
  package var refusal: Refusal?

  /// Seconds until the bucket is full again, about.
  var reset: Int {
    let missing = max(0, policy.burst - remaining)
    return max(1, (missing + policy.requestsPerSecond - 1) / policy.requestsPerSecond)
  }

  /// `"api";q=20;w=2`: the quota and its window in seconds (draft-ietf-httpapi-ratelimit-headers-10 §3).
  var policyField: String {
    let burst = "\"\(tier.rawValue)\";q=\(policy.burst);w=\(policy.window)"
    return policy.daily.map { "\(burst), \"daily\";q=\($0);w=86400" } ?? burst
  }

  /// `"api";r=19;t=1`: what is left, and when it is whole again (ibid. §4).
  var limitField: String {
    switch refusal {
    case .daily(let seconds): "\"daily\";r=0;t=\(seconds)"
    case .rate(let seconds): "\"\(tier.rawValue)\";r=0;t=\(max(seconds, 1))"
    case nil: "\"\(tier.rawValue)\";r=\(remaining);t=\(reset)"
    }
  }
}
