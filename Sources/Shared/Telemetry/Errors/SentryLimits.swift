/// What the receiver of error reports has asked for (develop.sentry.dev/sdk/expected-features/rate-limiting): until when
/// it wants none.
struct SentryLimits: Sendable {
  /// Without a word of how long.
  static let usualSeconds = 60
  private static let longest = 86_400

  private var until: ContinuousClock.Instant?

  func isLimited(at now: ContinuousClock.Instant) -> Bool { until.map { now < $0 } ?? false }

  /// Takes notice of an answer.
  ///
  /// - Parameters:
  ///   - limits: `X-Sentry-Rate-Limits`, such as `60:error;transaction:organization, 2700::project`.
  ///   - retryAfter: `Retry-After`, which counts with 429 only when there are no limits.
  mutating func heard(status: Int, limits: String?, retryAfter: String?, at now: ContinuousClock.Instant) {
    if let limits {
      if let seconds = Self.seconds(limits) { prolong(seconds, now) }
    } else if status == 429 {
      prolong(RetryAfter.seconds(retryAfter) ?? Self.usualSeconds, now)
    }
  }

  private mutating func prolong(_ seconds: Int, _ now: ContinuousClock.Instant) {
    let end = now + .seconds(min(seconds, Self.longest))
    until = max(until ?? end, end)
  }

  /// The longest limit on errors; one without categories is on all.
  static func seconds(_ limits: String) -> Int? {
    limits.utf8.prefix(4096).split(separator: UInt8(ascii: ",")).compactMap { entry -> Int? in
      let parts = entry.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self).filter { $0 != " " } }
      guard parts.count >= 2, let seconds = Int(parts[0]), seconds >= 0 else { return nil }
      let categories = parts[1].split(separator: ";")
      return categories.isEmpty || categories.contains("error") ? seconds : nil
    }.max()
  }
}
