/// The retries of one call: fed with how its attempts end, it says what to do next (gRFC A6, "Summary of Retry and
/// Hedging Logic").
package struct RetryState: Sendable {
  package enum Decision: Sendable, Hashable {
    /// Give the outcome to the caller.
    case finish
    /// Make the call again after this time, unless its deadline comes first: the deadline spans all attempts.
    case retry(after: Duration)
  }

  private let policy: RetryPolicy?

  /// Retries so far that count, not those that the server's application never saw.
  package private(set) var previousAttempts = 0

  /// Retries since the start or the server's last word on when to come back: what the wait grows by.
  private var retriesSincePushback = 0

  /// Whether the call's outcome is bound to its present attempt.
  package private(set) var isCommitted = false

  /// Whether a transparent retry was used up.
  private var hasRetriedTransparently = false

  /// - Parameter policy: nil for a method without retries; those that are transparent happen nevertheless.
  package init(policy: RetryPolicy?) { self.policy = policy }

  /// To be called when response headers arrive, or when what was sent is no longer kept to be sent again. From then on
  /// the call can't be made again.
  package mutating func commit() { isCommitted = true }

  /// Whether messages must be kept until the call commits.
  package var keepsMessages: Bool { !isCommitted }

  /// The value of `grpc-previous-rpc-attempts` for the next attempt; nil for the first.
  package var previousAttemptsHeader: String? { previousAttempts == 0 ? nil : String(previousAttempts) }

  /// The field's name.
  package static let previousAttemptsKey: StaticString = "grpc-previous-rpc-attempts"

  /// Decides on an attempt that ended with `code`. Feeds `throttle` as well, which all calls to one server share.
  package mutating func attemptEnded(
    with code: RPCError.Code, pushback: RetryPushback = .none, throttle: inout RetryThrottle?,
    using generator: inout some RandomNumberGenerator
  ) -> Decision {
    guard code != .ok else {
      throttle?.recordSuccess()
      return .finish
    }
    let isRetryable = policy?.retryableCodes.contains(code) ?? false
    // Failures that say nothing about the server's load, such as INVALID_ARGUMENT, leave the throttle alone.
    if isRetryable || pushback == .stop { throttle?.recordFailure() }
    guard let policy, isRetryable, pushback != .stop, !isCommitted, throttle?.allowsRetries ?? true,
      previousAttempts + 1 < policy.maxAttempts
    else {
      return .finish
    }
    previousAttempts += 1
    if case .retry(let delay) = pushback {
      retriesSincePushback = 0
      return .retry(after: delay)
    }
    retriesSincePushback += 1
    return .retry(after: policy.backoff(forRetry: retriesSincePushback, using: &generator))
  }

  /// Whether to make the call again at once, for its attempt never reached the server's application: the stream was
  /// refused or lies beyond the GOAWAY's last stream, or it never left this process (gRFC A6, "Transparent Retries").
  /// Such a retry counts nowhere.
  ///
  /// - Parameter wasSent: whether the attempt reached the wire. If not, it may be repeated without end; if so, once, or
  ///   a server that refuses everything would be asked forever.
  package mutating func retriesUnprocessedAttempt(wasSent: Bool) -> Bool {
    if isCommitted { return false }
    if !wasSent { return true }
    if hasRetriedTransparently { return false }
    hasRetriedTransparently = true
    return true
  }
}
