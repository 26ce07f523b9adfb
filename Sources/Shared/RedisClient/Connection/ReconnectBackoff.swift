package import NIOCore

/// How long to wait before the next attempt to connect: doubling, bounded, with jitter.
package struct ReconnectBackoff: Hashable, Sendable {
  /// Before the second attempt, at most; positive.
  package var initial: TimeAmount
  /// Never longer than this.
  package var maximum: TimeAmount
  private var failures = 0

  package init(initial: TimeAmount = .milliseconds(50), maximum: TimeAmount = .seconds(1)) {
    self.initial = initial
    self.maximum = maximum
  }

  /// The delay after one more failure: between half of the step and the step.
  ///
  /// - Parameter random: from 0 up to 1; it spreads clients that failed together.
  package mutating func next(random: Double) -> TimeAmount {
    let ceiling = max(maximum.nanoseconds, 1)
    var step = min(max(initial.nanoseconds, 1), ceiling)
    for _ in 0..<failures where step < ceiling {
      step = step > ceiling / 2 ? ceiling : step * 2
    }
    // 62 doublings pass any bound.
    failures = min(failures + 1, 62)
    let half = step / 2
    return .nanoseconds(half + Int64(Double(step - half) * min(max(random, 0), 1)))
  }

  /// A connection held: begin anew at the next failure.
  package mutating func reset() {
    failures = 0
  }
}
