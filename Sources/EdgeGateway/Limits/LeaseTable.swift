internal import Synchronization

/// Requests that this process may grant by itself, by subject: taken from the shared bucket a few at a time, so that
/// most requests need no question to Redis and all processes together still grant what the bucket holds.
///
/// What is not used within a second goes back. Where the shared bucket is out of reach, each process keeps a bucket of
/// its own here.
final class LeaseTable: Sendable {
  struct Key: Hashable, Sendable {
    var tier: RateTier
    var subject: RateSubject
  }

  /// Times are nanoseconds of a clock that never goes back.
  private struct Lease {
    var tokens = 0
    var expires: Int64 = 0
    /// What the shared bucket held besides, when it was asked last.
    var shared = 0
    /// Questions to the shared bucket that are under way: only the first brings more than it needs.
    var asking = 0
    /// The bucket of this process alone: when it will be full (GCRA's theoretical arrival time).
    var fullAt: Int64 = 0
    var usedToday = 0
    var day: Int64 = 0
    /// Nobody need ask before, for the answer is known.
    var refusedUntil: Int64 = 0
    var lastUse: Int64 = 0
  }

  private struct Shard {
    var leases: [Key: Lease] = [:]
  }

  /// How long requests taken from the shared bucket may wait here for their use.
  static let lifetime: Int64 = 1_000_000_000
  private static let shardCount = 16

  private let shards: [Mutex<Shard>.Box]
  private let capacity: Int

  /// - Parameter capacity: subjects at most, over all; those not seen for longest are forgotten.
  init(capacity: Int = 65_536) {
    self.capacity = max(1, capacity / Self.shardCount)
    shards = (0..<Self.shardCount).map { _ in Mutex<Shard>.Box(Shard()) }
  }

  var count: Int { shards.reduce(0) { $0 + $1.mutex.withLock { $0.leases.count } } }

  private func with<Result>(_ key: Key, _ now: Int64, _ body: (inout Lease) -> Result) -> Result {
    shards[key.hashValue & (Self.shardCount - 1)].mutex.withLock { shard in
      if shard.leases[key] == nil, shard.leases.count >= capacity { Self.makeRoom(&shard, now) }
      shard.leases[key, default: Lease()].lastUse = now
      return body(&shard.leases[key, default: Lease()])
    }
  }

  /// Forgets who was not seen for a while, or, in a flood of strangers, everyone: their shared buckets stay.
  private static func makeRoom(_ shard: inout Shard, _ now: Int64) {
    let before = shard.leases.count
    shard.leases = shard.leases.filter { now - $0.value.lastUse < 10 * lifetime }
    if shard.leases.count > before / 2 { shard.leases.removeAll(keepingCapacity: true) }
  }

  enum Step {
    /// Granted; so many are left, about.
    case granted(remaining: Int)
    /// The answer is known to be no, for so many nanoseconds.
    case refused(Int64)
    /// The shared bucket must be asked.
    case ask
  }

  /// Grants one request out of what was taken before.
  func take(_ key: Key, now: Int64) -> Step {
    with(key, now) { lease in
      if lease.tokens > 0, now < lease.expires {
        lease.tokens -= 1
        return .granted(remaining: lease.shared + lease.tokens)
      }
      return lease.refusedUntil > now ? .refused(lease.refusedUntil - now) : .ask
    }
  }

  /// What to ask the shared bucket for.
  struct Question {
    /// At most; 1 when another question is under way.
    var wanted: Int
    /// What was taken and not used in time.
    var returned: Int
  }

  func beginAsking(_ key: Key, _ policy: RatePolicy, now: Int64) -> Question {
    with(key, now) { lease in
      lease.asking += 1
      var question = Question(wanted: 1, returned: 0)
      if lease.asking == 1 { question.wanted = max(1, policy.burst / 4) }
      if now >= lease.expires {
        question.returned = lease.tokens
        lease.tokens = 0
      }
      return question
    }
  }

  /// Takes the answer: `granted` of which the asking request uses one.
  func endAsking(_ key: Key, _ policy: RatePolicy, granted: Int, left: Int, now: Int64) {
    with(key, now) { lease in
      lease.asking = max(0, lease.asking - 1)
      lease.shared = left
      // Should the shared bucket be out of reach next, this process goes on from here and not from a full one.
      lease.fullAt = now + Int64(policy.burst - left) * policy.interval * 1000
      if granted > 1 {
        lease.tokens += granted - 1
        lease.expires = now + Self.lifetime
      }
    }
  }

  /// Takes the answer no.
  func endAsking(_ key: Key, _ policy: RatePolicy, refusedFor nanoseconds: Int64, now: Int64) {
    with(key, now) { lease in
      lease.asking = max(0, lease.asking - 1)
      lease.shared = 0
      lease.fullAt = now + Int64(policy.burst) * policy.interval * 1000
      // Not longer than a moment: another process may give back what it did not use.
      lease.refusedUntil = now + min(nanoseconds, 50_000_000)
    }
  }

  /// There was no answer.
  func abandonAsking(_ key: Key, now: Int64) {
    with(key, now) { lease in lease.asking = max(0, lease.asking - 1) }
  }

  /// Grants from this process's own bucket.
  ///
  /// - Parameter today: the day, as a number.
  func takeAlone(_ key: Key, _ policy: RatePolicy, now: Int64, today: Int64) -> RateDecision {
    with(key, now) { lease in
      let interval = policy.interval * 1000
      let capacity = Int64(policy.burst) * interval
      if lease.day != today { (lease.day, lease.usedToday) = (today, 0) }
      var decision = RateDecision(tier: key.tier, policy: policy, remaining: 0)
      if let daily = policy.daily, lease.usedToday >= daily {
        decision.refusal = .daily(retryAfter: RateClock.secondsLeftToday())
        return decision
      }
      let fullAt = max(lease.fullAt, now)
      let free = (capacity - (fullAt - now)) / interval
      guard free > 0 else {
        let wait = fullAt - now - (capacity - interval)
        decision.refusal = .rate(retryAfter: RateClock.seconds(nanoseconds: wait))
        return decision
      }
      lease.fullAt = fullAt + interval
      lease.usedToday += 1
      decision.remaining = Int(free) - 1
      return decision
    }
  }
}

extension Mutex where Value: ~Copyable {
  /// A lock that can stand in an array.
  final class Box: Sendable {
    let mutex: Mutex<Value>
    init(_ value: consuming sending Value) { mutex = Mutex(value) }
  }
}
