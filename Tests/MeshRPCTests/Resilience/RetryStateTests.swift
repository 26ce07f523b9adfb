import Testing

@testable import MeshRPC

@Suite("Retries of a call")
struct RetryStateTests {
  static let policy = RetryPolicyTests.policy

  private func end(
    _ state: inout RetryState, _ code: RPCError.Code, _ pushback: RetryPushback = .none,
    throttle: inout RetryThrottle?
  ) -> Int? {
    var generator = Scripted.highest
    switch state.attemptEnded(with: code, pushback: pushback, throttle: &throttle, using: &generator) {
    case .finish: return nil
    case .retry(let delay): return Int((delay / .milliseconds(1)).rounded())
    }
  }

  private func end(_ state: inout RetryState, _ code: RPCError.Code, _ pushback: RetryPushback = .none) -> Int? {
    var throttle: RetryThrottle?
    return end(&state, code, pushback, throttle: &throttle)
  }

  @Test("Exactly the retryable codes are retried", arguments: RPCError.Code.all)
  func codes(code: RPCError.Code) {
    var state = RetryState(policy: Self.policy)
    #expect(end(&state, code) == (code == .unavailable ? 120 : nil))
    var without = RetryState(policy: nil)
    #expect(end(&without, code) == nil)
  }

  @Test("Attempts end at the maximum, each counted for the next one's header")
  func maximum() {
    var state = RetryState(policy: Self.policy)
    #expect(state.previousAttemptsHeader == nil)
    #expect(end(&state, .unavailable) == 120)
    #expect(state.previousAttemptsHeader == "1")
    #expect(end(&state, .unavailable) == 240)
    #expect(state.previousAttemptsHeader == "2")
    #expect(end(&state, .unavailable) == 360)
    #expect(state.previousAttemptsHeader == "3")
    #expect(end(&state, .unavailable) == nil)
    #expect(state.previousAttempts == 3)
  }

  @Test("A committed call isn't retried")
  func committed() {
    var state = RetryState(policy: Self.policy)
    #expect(state.keepsMessages)
    state.commit()
    #expect(!state.keepsMessages)
    #expect(end(&state, .unavailable) == nil)
    #expect(state.retriesUnprocessedAttempt(wasSent: false) == false)
  }

  @Test("Push-back sets the wait, and the waits after it start anew")
  func pushback() {
    var state = RetryState(policy: Self.policy)
    #expect(end(&state, .unavailable) == 120)
    #expect(end(&state, .unavailable, .retry(after: .seconds(7))) == 7000)
    #expect(end(&state, .unavailable) == 120)
    #expect(end(&state, .unavailable, .retry(after: .seconds(7))) == nil)
  }

  @Test("Push-back can forbid a retry, and doesn't make other codes retryable")
  func pushbackStop() {
    var state = RetryState(policy: Self.policy)
    #expect(end(&state, .unavailable, .stop) == nil)
    var other = RetryState(policy: Self.policy)
    #expect(end(&other, .notFound, .retry(after: .zero)) == nil)
  }

  @Test("The throttle counts retryable failures and stops, successes and nothing else")
  func throttle() {
    var throttle: RetryThrottle? = RetryThrottle(maxTokens: 10, tokenRatio: 0.5)
    let steps: [(RPCError.Code, RetryPushback, Double)] = [
      (.unavailable, .none, 9), (.invalidArgument, .none, 9), (.internal, .stop, 8), (.ok, .none, 8.5),
      (.unavailable, .stop, 7.5), (.ok, .none, 8),
    ]
    for (code, pushback, tokens) in steps {
      var state = RetryState(policy: Self.policy)
      _ = end(&state, code, pushback, throttle: &throttle)
      #expect(throttle?.tokenCount == tokens)
    }
  }

  @Test("A throttled call is not retried")
  func throttled() {
    var throttle: RetryThrottle? = RetryThrottle(maxTokens: 4, tokenRatio: 1)
    var first = RetryState(policy: Self.policy)
    #expect(end(&first, .unavailable, throttle: &throttle) == 120)
    #expect(end(&first, .unavailable, throttle: &throttle) == nil)
    var second = RetryState(policy: Self.policy)
    #expect(end(&second, .ok, throttle: &throttle) == nil)
    #expect(end(&second, .ok, throttle: &throttle) == nil)
    var third = RetryState(policy: Self.policy)
    #expect(end(&third, .unavailable, throttle: &throttle) == 120)
  }

  @Test("A call that never left is repeated without end, one that was refused once, and neither counts")
  func transparent() {
    var state = RetryState(policy: nil)
    for _ in 0..<10 {
      let retries = state.retriesUnprocessedAttempt(wasSent: false)
      #expect(retries)
    }
    #expect(state.retriesUnprocessedAttempt(wasSent: true) == true)
    #expect(state.retriesUnprocessedAttempt(wasSent: true) == false)
    #expect(state.retriesUnprocessedAttempt(wasSent: false) == true)
    #expect(state.previousAttempts == 0)
    #expect("\(RetryState.previousAttemptsKey)" == "grpc-previous-rpc-attempts")
    #expect(Metadata.isReserved(key: "grpc-previous-rpc-attempts"))
    #expect(!Metadata.isReserved(key: RetryPushback.key))
  }
}
