internal import NIOCore
internal import RedisClient

/// The buckets of all gateways together: GCRA in Redis, one script for each question, so that what they grant together
/// is what one would grant.
struct SharedBuckets: Sendable {
  enum Answer: Sendable, Equatable {
    /// Granted, at least 1; `left` more are in the bucket, and `leftToday` of the day's quota if there is one.
    case granted(Int, left: Int, leftToday: Int?)
    /// Not before so many microseconds have passed.
    case refused(microseconds: Int64)
    case usedUpToday
  }

  let redis: any RedisCommands

  /// How long an answer may take; then this process decides alone.
  static let patience = TimeAmount.milliseconds(250)

  /// KEYS: bucket, the day's count. ARGV: microseconds for one request, burst, wanted, given back, the day's quota or 0.
  /// The bucket's value is when it will be full, in Redis's own clock, which is one for all.
  ///
  /// A quarter of what is there is given away at most, so that a bucket which runs low is asked for each request and
  /// no process sits on what another one could use.
  private static let script = RedisScript(
    """
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    local interval, burst, wanted, returned, quota =
      tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
    local full = (tonumber(redis.call('GET', KEYS[1])) or now) - returned * interval
    if full < now then full = now end
    local free = math.floor((burst * interval - (full - now)) / interval)
    local today = -1
    if quota > 0 then
      local used = (tonumber(redis.call('GET', KEYS[2])) or 0) - returned
      if used < 0 then used = 0 end
      today = quota - used
      if today <= 0 then return {-1, 0, 0} end
    end
    if free < 1 then return {0, full - now - (burst - 1) * interval, today} end
    local granted = math.max(1, math.min(wanted, math.floor(free / 4)))
    if today >= 0 and granted > today then granted = today end
    full = full + granted * interval
    redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1000)
    if quota > 0 then
      redis.call('SET', KEYS[2], string.format('%.0f', quota - today + granted), 'EX', 90000)
      today = today - granted
    end
    return {granted, free - granted, today}
    """)

  /// - Throws: `RedisError`, `CancellationError`.
  func ask(
    _ key: LeaseTable.Key, _ policy: RatePolicy, _ question: LeaseTable.Question, today: Int64
  ) async throws -> Answer {
    // The braces keep both keys on one node of a cluster.
    let subject = "{\(key.subject.text)}:\(key.tier.rawValue)"
    let arguments: [RedisArgument] = [
      .integer(policy.interval), .integer(Int64(policy.burst)), .integer(Int64(question.wanted)),
      .integer(Int64(question.returned)), .integer(Int64(policy.daily ?? 0)),
    ]
    let reply = try await redis.evaluate(
      Self.script, keys: ["edge:limit:" + subject, "edge:quota:\(subject):\(today)"], arguments: arguments,
      timeout: Self.patience
    ).array()
    guard reply.count == 3 else { throw RedisError(.unexpectedReply, "the script answers with three numbers") }
    let (granted, second, leftToday) = (try reply[0].integer(), try reply[1].integer(), try reply[2].integer())
    switch granted {
    case ..<0: return .usedUpToday
    case 0: return .refused(microseconds: max(0, second))
    default: return .granted(Int(granted), left: Int(max(0, second)), leftToday: leftToday < 0 ? nil : Int(leftToday))
    }
  }
}
