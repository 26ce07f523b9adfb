import HTTPTransport
import Testing

@testable import MeshRPC

@Suite("Retry policy")
struct RetryPolicyTests {
  static let policy = RetryPolicy(
    maxAttempts: 4, initialBackoff: .milliseconds(100), maxBackoff: .milliseconds(300), backoffMultiplier: 2,
    retryableCodes: [.unavailable])

  @Test(
    "Waits grow to the maximum and vary by a fifth",
    arguments: [
      (1, 100), (2, 200), (3, 300), (4, 300), (0, 100), (1_000_000, 300),
    ])
  func backoff(retry: Int, milliseconds: Int) {
    for (generator, factor) in [(Scripted.lowest, 0.8), (.highest, 1.2)] {
      var generator = generator
      let wait = Self.policy.backoff(forRetry: retry, using: &generator)
      let expected = Duration.milliseconds(milliseconds).scaled(by: factor)
      #expect(abs((wait - expected) / .nanoseconds(1)) <= 1)
    }
  }

  @Test("The number of attempts stays within 2 and 5", arguments: [(-1, 2), (0, 2), (2, 2), (5, 5), (6, 5), (999, 5)])
  func attempts(given: Int, used: Int) {
    let policy = RetryPolicy(
      maxAttempts: given, initialBackoff: .zero, maxBackoff: .zero, backoffMultiplier: 1, retryableCodes: [])
    #expect(policy.maxAttempts == used)
  }

  @Test(
    "Push-back is a plain number of milliseconds, and anything else means stop",
    arguments: [
      (nil, RetryPushback.none), ("0", .retry(after: .zero)), ("1500", .retry(after: .milliseconds(1500))),
      ("2147483647", .retry(after: .milliseconds(2_147_483_647))), ("2147483648", .stop), ("-1", .stop), ("", .stop),
      ("+1", .stop), ("01", .stop), ("00", .stop), ("1.5", .stop), ("1s", .stop), (" 1", .stop), ("x", .stop),
    ] as [(String?, RetryPushback)])
  func pushback(value: String?, expected: RetryPushback) {
    #expect(RetryPushback(value) == expected)
  }
}
