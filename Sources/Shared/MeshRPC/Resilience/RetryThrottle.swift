/// Stops the retries to a server that fails too often (gRFC A6, "Throttling Retry Attempts and Hedged RPCs"): a bucket
/// of tokens that a failure takes one from and a success puts a fraction into. Retries are allowed while more than
/// half of them are left.
///
/// One per server name, shared by all its calls; the owner guards it.
package struct RetryThrottle: Sendable, Hashable {
  /// In thousandths of a token: the ratio has three decimals, and sums of them must not drift.
  private let maximum: Int
  private let perSuccess: Int
  private var tokens: Int

  /// - Parameters:
  ///   - maxTokens: the bucket's size, more than 0 and at most 1000; brought into this range.
  ///   - tokenRatio: what a success puts back, more than 0; three decimals count.
  package init(maxTokens: Double, tokenRatio: Double) {
    maximum = Self.thousandths(maxTokens)
    perSuccess = Self.thousandths(tokenRatio)
    tokens = maximum
  }

  private static func thousandths(_ value: Double) -> Int {
    guard value > 0 else { return 1 }
    return max(1, Int((min(value, 1000) * 1000).rounded()))
  }

  /// Whether a failed call may be made again.
  package var allowsRetries: Bool { tokens * 2 > maximum }

  /// A call ended with OK.
  package mutating func recordSuccess() { tokens = min(maximum, tokens + perSuccess) }

  /// A call ended with a retryable code, or the server asked not to retry.
  package mutating func recordFailure() { tokens = max(0, tokens - 1000) }

  /// The tokens left.
  package var tokenCount: Double { Double(tokens) / 1000 }
}
