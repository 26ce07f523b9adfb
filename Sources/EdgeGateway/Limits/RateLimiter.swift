internal import CoreMetrics
package import Logging
package import RedisClient
internal import Synchronization

/// Says of each request whether it is within its limit.
///
/// | metric | type | labels |
/// |---|---|---|
/// | `edge_limit_decisions_total` | counter | tier, decision: granted, refused |
/// | `edge_limit_alone_total` | counter | decisions without Redis |
package final class RateLimiter: Sendable {
  private let policies: [RateTier: RatePolicy]
  private let buckets: SharedBuckets?
  private let leases: LeaseTable
  private let breaker = RedisBreaker()
  private let logger: Logger
  private let now: @Sendable () -> Int64
  private let granted: [RateTier: Counter]
  private let refused: [RateTier: Counter]
  private let alone = Counter(label: "edge_limit_alone_total")

  /// - Parameters:
  ///   - policies: a tier without one has no limit.
  ///   - redis: nil lets this process count by itself.
  ///   - now: nanoseconds of a clock that never goes back; nil for the system's.
  package init(
    policies: [RateTier: RatePolicy], redis: (any RedisCommands)?, logger: Logger, now: (@Sendable () -> Int64)? = nil
  ) {
    self.policies = policies
    self.now = now ?? { RateClock.now() }
    buckets = redis.map { SharedBuckets(redis: $0) }
    leases = LeaseTable()
    self.logger = logger
    func counters(_ decision: String) -> [RateTier: Counter] {
      Dictionary(
        uniqueKeysWithValues: RateTier.allCases.map { tier in
          let labels = [("tier", tier.rawValue), ("decision", decision)]
          return (tier, Counter(label: "edge_limit_decisions_total", dimensions: labels))
        })
    }
    granted = counters("granted")
    refused = counters("refused")
  }

  /// Decides at once where this process can; nil where the shared bucket must be asked. The caller counts the decision.
  func decideAtOnce(_ tier: RateTier, _ subject: RateSubject) -> RateDecision? {
    guard let policy = policies[tier] else { return unlimited(tier) }
    let key = LeaseTable.Key(tier: tier, subject: subject)
    let now = now()
    guard buckets != nil, !breaker.isOpen(now) else { return decideAlone(key, policy, now) }
    switch leases.take(key, now: now) {
    case .granted(let remaining):
      return RateDecision(tier: tier, policy: policy, remaining: remaining)
    case .refused(let nanoseconds): return Self.refusal(tier, policy, nanoseconds)
    case .ask: return nil
    }
  }

  /// Decides, asking Redis if need be. Never waits longer than a moment, and never fails.
  package func decide(_ tier: RateTier, _ subject: RateSubject) async -> RateDecision {
    if let decision = decideAtOnce(tier, subject) { return counted(decision) }
    guard let policy = policies[tier], let buckets else { return unlimited(tier) }
    let key = LeaseTable.Key(tier: tier, subject: subject)
    let question = leases.beginAsking(key, policy, now: now())
    do {
      let answer = try await buckets.ask(key, policy, question, today: RateClock.today())
      let now = now()
      breaker.succeeded()
      switch answer {
      case .granted(let granted, let left, _):
        leases.endAsking(key, policy, granted: granted, left: left, now: now)
        return counted(RateDecision(tier: tier, policy: policy, remaining: left + granted - 1))
      case .refused(let microseconds):
        leases.endAsking(key, policy, refusedFor: microseconds * 1000, now: now)
        return counted(Self.refusal(tier, policy, microseconds * 1000))
      case .usedUpToday:
        leases.endAsking(key, policy, refusedFor: 1_000_000_000, now: now)
        var decision = RateDecision(tier: tier, policy: policy, remaining: 0)
        decision.refusal = .daily(retryAfter: RateClock.secondsLeftToday())
        return counted(decision)
      }
    } catch {
      let now = now()
      leases.abandonAsking(key, now: now)
      if !Task.isCancelled, breaker.failed(now) {
        logger.warning("limits are kept without Redis", metadata: ["error": "\(error)"])
      }
      return counted(decideAlone(key, policy, now))
    }
  }

  private func decideAlone(_ key: LeaseTable.Key, _ policy: RatePolicy, _ now: Int64) -> RateDecision {
    alone.increment()
    return leases.takeAlone(key, policy, now: now, today: RateClock.today())
  }

  private func unlimited(_ tier: RateTier) -> RateDecision {
    RateDecision(tier: tier, policy: RatePolicy(requestsPerSecond: 100_000, burst: 100_000), remaining: 100_000)
  }

  @discardableResult
  func counted(_ decision: RateDecision) -> RateDecision {
    (decision.refusal == nil ? granted : refused)[decision.tier]?.increment()
    return decision
  }

  private static func refusal(_ tier: RateTier, _ policy: RatePolicy, _ nanoseconds: Int64) -> RateDecision {
    var decision = RateDecision(tier: tier, policy: policy, remaining: 0)
    decision.refusal = .rate(retryAfter: RateClock.seconds(nanoseconds: nanoseconds))
    return decision
  }

  /// Whether a tier is limited at all.
  func isLimited(_ tier: RateTier) -> Bool { policies[tier] != nil }
}

/// Keeps questions away from a Redis that does not answer: after a failure nobody asks for a second, then one does.
final class RedisBreaker: Sendable {
  /// Nanoseconds.
  private static let pause: Int64 = 1_000_000_000
  private let openUntil = Atomic<Int64>(0)

  /// - Parameter now: of `RateClock`.
  func isOpen(_ now: Int64) -> Bool {
    let until = openUntil.load(ordering: .relaxed)
    guard until != 0 else { return false }
    if now < until { return true }
    // One goes to see; the others wait for what it finds.
    return !openUntil.compareExchange(expected: until, desired: now + Self.pause, ordering: .relaxed).exchanged
  }

  func succeeded() {
    if openUntil.load(ordering: .relaxed) != 0 { openUntil.store(0, ordering: .relaxed) }
  }

  /// - Returns: whether it was closed before: the moment to tell people.
  func failed(_ now: Int64) -> Bool { openUntil.exchange(now + Self.pause, ordering: .relaxed) == 0 }
}
