internal import HTTPTransport

/// Whether and when a failed call is made again (gRFC A6, "Retry Policy").
package struct RetryPolicy: Sendable, Hashable {
  /// The most attempts that any policy gets, whatever it says ("Limits on Retries and Hedges").
  package static let attemptLimit = 5

  /// Attempts in total, the first one included: 2 to `attemptLimit`.
  package let maxAttempts: Int
  /// The wait before the first retry, before jitter.
  package let initialBackoff: Duration
  /// The longest wait, before jitter.
  package let maxBackoff: Duration
  /// What each further wait is multiplied by.
  package let backoffMultiplier: Double
  /// The codes after which a call is made again. More than UNAVAILABLE is for idempotent methods only.
  package let retryableCodes: Set<RPCError.Code>

  /// Out-of-range values are brought into range; `ServiceConfig` reports them instead.
  package init(
    maxAttempts: Int, initialBackoff: Duration, maxBackoff: Duration, backoffMultiplier: Double,
    retryableCodes: Set<RPCError.Code>
  ) {
    self.maxAttempts = max(2, min(Self.attemptLimit, maxAttempts))
    self.initialBackoff = max(.zero, initialBackoff)
    self.maxBackoff = max(.zero, maxBackoff)
    self.backoffMultiplier = backoffMultiplier > 0 ? backoffMultiplier : 1
    self.retryableCodes = retryableCodes
  }

  /// The wait before the `retry`-th retry, from 1 on: it grows by the multiplier up to the maximum, and varies by a
  /// fifth in both directions.
  package func backoff(
    forRetry retry: Int, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    var base = initialBackoff
    var steps = min(retry, Self.attemptLimit) - 1
    while steps > 0, base < maxBackoff {
      base = base.scaled(by: backoffMultiplier)
      steps -= 1
    }
    return min(base, maxBackoff).scaled(by: .random(in: 0.8...1.2, using: &generator))
  }
}

/// What a server asks of its client by `grpc-retry-pushback-ms` (gRFC A6, "Pushback").
package enum RetryPushback: Sendable, Hashable {
  /// The server said nothing.
  case none
  /// Make the call again after this time.
  case retry(after: Duration)
  /// Don't make it again.
  case stop

  /// Reads the trailers' field, nil when it is absent: a signed 32-bit number of milliseconds without needless zeros.
  /// A negative one, or anything else, means `stop`.
  package init(_ value: String?) {
    guard let value else {
      self = .none
      return
    }
    let isPlain = value.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard isPlain, value == "0" || !value.hasPrefix("0"), let milliseconds = Int32(value) else {
      self = .stop
      return
    }
    self = .retry(after: .milliseconds(milliseconds))
  }

  /// The key of the metadata that carries it.
  package static let key = "grpc-retry-pushback-ms"
}
