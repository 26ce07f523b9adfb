/// What a source allows when nobody has said otherwise.
package struct SourceDefaults: Sendable {
  /// Requests per second, in thousandths.
  package var rateMillihertz = 1000
  package var concurrency = 2
  /// Requests a day; 0: no limit.
  package var dailyBudget = 0

  package init() {}
}

/// How many requests a source allows at a moment: its rate, how many at the same time, and how many a day.
package struct SourceBudget: Hashable, Sendable {
  package var rateMillihertz: Int
  package var concurrency: Int
  /// 0: no limit.
  package var dailyBudget: Int
  /// When the next request may be made, in microseconds since 1970; requests of one second may be saved up.
  package var nextAt: Int64
  package var usedToday: Int
  /// Requests under way.
  package var leased: Int

  package init(
    rateMillihertz: Int, concurrency: Int, dailyBudget: Int, nextAt: Int64, usedToday: Int, leased: Int
  ) {
    self.rateMillihertz = rateMillihertz
    self.concurrency = concurrency
    self.dailyBudget = dailyBudget
    self.nextAt = nextAt
    self.usedToday = usedToday
    self.leased = leased
  }

  private static let burst: Int64 = 1_000_000

  /// Microseconds between two requests.
  private var spacing: Int64 { max(1, 1_000_000_000 / Int64(max(1, rateMillihertz))) }

  /// How many requests may begin now, at most `limit`.
  package func allowance(now: Int64, limit: Int) -> Int {
    guard rateMillihertz > 0, nextAt <= now else { return 0 }
    let byRate = Int(clamping: (now - max(nextAt, now - Self.burst)) / spacing + 1)
    let byDay = dailyBudget == 0 ? Int.max : dailyBudget - usedToday
    return max(0, min(limit, byRate, byDay, concurrency - leased))
  }

  /// Takes note of requests that begin now.
  package mutating func take(_ count: Int, now: Int64) {
    nextAt = max(nextAt, now - Self.burst) + Int64(count) * spacing
    usedToday += count
  }
}
