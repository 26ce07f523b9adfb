package import NIOCore

/// The instant by which a call must have ended, or `never`.
///
/// A `NIODeadline` inside and not a `ContinuousClock.Instant`: event loops schedule by it without a conversion and give
/// tests a clock of their own, and it takes 8 bytes in every call. It does not run while the machine sleeps; servers
/// don't.
package struct Deadline: Sendable, Hashable, Comparable {
  /// The instant on the monotonic clock; `.distantFuture` for none.
  package let instant: NIODeadline

  package init(_ instant: NIODeadline) { self.instant = instant }

  /// `timeout` from `now` on; a timeout too long to count is `never`, one below zero has passed.
  package init(after timeout: Duration, from now: NIODeadline) {
    self.init(now.advanced(by: timeout))
  }

  /// No deadline.
  package static let never = Deadline(.distantFuture)

  package var isNever: Bool { instant == .distantFuture }

  /// Whether it has passed at `now`.
  package func hasPassed(at now: NIODeadline) -> Bool { !isNever && instant <= now }

  /// The time left at `now`, zero when it has passed; nil for `never`.
  package func remaining(at now: NIODeadline) -> Duration? {
    if isNever { return nil }
    return instant <= now ? .zero : .nanoseconds((instant - now).nanoseconds)
  }

  /// The value of `grpc-timeout` for a call made at `now`; nil for `never`.
  package func grpcTimeout(at now: NIODeadline) -> String? {
    remaining(at: now).map(GRPCTimeout.format)
  }

  package static func < (lhs: Deadline, rhs: Deadline) -> Bool { lhs.instant < rhs.instant }
}

extension NIODeadline {
  /// This instant and `duration`, which stops at the ends of what the clock can count instead of trapping: durations
  /// come from peers and from configuration.
  package func advanced(by duration: Duration) -> NIODeadline {
    let offset = duration.nanosecondsRoundedUp
    let (sum, overflow) = Int64(clamping: uptimeNanoseconds).addingReportingOverflow(offset)
    if overflow { return offset < 0 ? .uptimeNanoseconds(0) : .distantFuture }
    return .uptimeNanoseconds(UInt64(max(0, sum)))
  }
}

extension Duration {
  /// The duration in whole nanoseconds, rounded up, at most `Int64.max` and at least `Int64.min`.
  var nanosecondsRoundedUp: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    // Attoseconds have the sign of the seconds; dividing cuts toward zero, which is up for negative ones.
    let fraction = attoseconds / 1_000_000_000 + (attoseconds % 1_000_000_000 > 0 ? 1 : 0)
    let (sum, sumOverflow) = product.addingReportingOverflow(fraction)
    return sumOverflow ? (seconds < 0 ? .min : .max) : sum
  }

  /// The duration times `factor`, for factors and results far below what overflows a `Double` of seconds.
  func scaled(by factor: Double) -> Duration {
    .nanoseconds(Int64((Double(nanosecondsRoundedUp) * factor).clampedForInt64))
  }
}

extension Double {
  /// The nearest value that converts to `Int64` without trapping; zero for "not a number".
  fileprivate var clampedForInt64: Double {
    isNaN ? 0 : Swift.max(-9.2e18, Swift.min(9.2e18, self))
  }
}
