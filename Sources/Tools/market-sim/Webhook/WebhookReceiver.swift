internal import Synchronization

/// A receiver of webhooks: checks signatures, keeps what came, and tells first arrivals from repeats.
package final class WebhookReceiver: Sendable {
  /// What came in one request.
  package struct Arrival: Sendable, Hashable {
    package var hook: String
    package var idempotencyKey: String
    /// `valid`, `invalid`, `unsigned`, or `unknown` while the hook has no secret.
    package var signature: String
    /// Whether the key came before.
    package var isRepeat: Bool
    package var receivedAt: Int64
    package var body: String
  }

  private struct State {
    var secrets: [String: String] = [:]
    var arrivals: [Arrival] = []
    var keys: Set<String> = []
    var failures = 0
    var failureStatus = 500
  }

  private let state = Mutex(State())
  private static let maximumArrivals = 5_000
  private static let maximumKeys = 200_000

  package init() {}

  /// What was shown when the channel was registered; signatures of `hook` are checked with it.
  package func setSecret(_ secret: String, of hook: String) { state.withLock { $0.secrets[hook] = secret } }

  /// The next `count` requests are answered with `status`.
  package func failNext(_ count: Int, status: Int) {
    state.withLock {
      $0.failures = count
      $0.failureStatus = status
    }
  }

  package var arrivals: [Arrival] { state.withLock { $0.arrivals } }

  package func clear() {
    state.withLock {
      $0.arrivals = []
      $0.keys = []
    }
  }

  /// - Parameters:
  ///   - signature: `v1=` and hexadecimal, over `timestamp`, a dot and the body.
  /// - Returns: the status to answer with.
  package func receive(
    hook: String, body: [UInt8], key: String, timestamp: String, signature: String, now: Int64
  ) -> Int {
    state.withLock { state in
      if state.failures > 0 {
        state.failures -= 1
        return state.failureStatus
      }
      let verdict: String
      if signature.isEmpty {
        verdict = "unsigned"
      } else if let secret = state.secrets[hook] {
        let expected = SHA256.authenticationCode(Array("\(timestamp).".utf8) + body, key: Array(secret.utf8))
        let digits = expected.map { byte in
          let text = String(byte, radix: 16)
          return text.utf8.count < 2 ? "0" + text : text
        }
        let isFresh = Int64(timestamp).map { abs(now - $0) <= 300 } ?? false
        verdict = isFresh && signature == "v1=" + digits.joined() ? "valid" : "invalid"
      } else {
        verdict = "unknown"
      }
      if state.keys.count >= Self.maximumKeys { state.keys = [] }
      let isRepeat = !key.isEmpty && !state.keys.insert("\(hook) \(key)").inserted
      if state.arrivals.count >= Self.maximumArrivals { state.arrivals.removeFirst(Self.maximumArrivals / 10) }
      state.arrivals.append(
        Arrival(
          hook: hook, idempotencyKey: key, signature: verdict, isRepeat: isRepeat, receivedAt: now,
          body: String(decoding: body, as: UTF8.self)))
      return verdict == "invalid" || verdict == "unsigned" && state.secrets[hook] != nil ? 401 : 200
    }
  }
}
