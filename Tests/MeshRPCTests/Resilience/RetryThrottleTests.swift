import Testing

@testable import MeshRPC

@Suite("Retry throttle")
struct RetryThrottleTests {
  @Test("Retries stop at half of the tokens and start above it")
  func threshold() {
    var throttle = RetryThrottle(maxTokens: 10, tokenRatio: 0.1)
    for failures in 1...4 {
      throttle.recordFailure()
      #expect(throttle.allowsRetries, "\(failures) failures")
    }
    throttle.recordFailure()
    #expect(throttle.tokenCount == 5)
    #expect(!throttle.allowsRetries)
    throttle.recordSuccess()
    #expect(throttle.allowsRetries)
  }

  @Test("Tokens stay within none and the maximum, without drift")
  func bounds() {
    var throttle = RetryThrottle(maxTokens: 3, tokenRatio: 0.1)
    throttle.recordSuccess()
    #expect(throttle.tokenCount == 3)
    for _ in 0..<10 { throttle.recordFailure() }
    #expect(throttle.tokenCount == 0)
    for _ in 0..<15 { throttle.recordSuccess() }
    #expect(throttle.tokenCount == 1.5)
    #expect(!throttle.allowsRetries)
    throttle.recordSuccess()
    #expect(throttle.allowsRetries)
  }

  @Test("Three decimals of the ratio count")
  func decimals() {
    var throttle = RetryThrottle(maxTokens: 1, tokenRatio: 0.0014)
    throttle.recordFailure()
    for _ in 0..<500 { throttle.recordSuccess() }
    #expect(throttle.tokenCount == 0.5)
    #expect(!throttle.allowsRetries)
  }

  @Test("Senseless settings don't trap", arguments: [0, -1, .nan, .infinity, 1e300])
  func senseless(value: Double) {
    var throttle = RetryThrottle(maxTokens: value, tokenRatio: value)
    throttle.recordFailure()
    throttle.recordSuccess()
    #expect(throttle.tokenCount <= 1000)
  }
}
