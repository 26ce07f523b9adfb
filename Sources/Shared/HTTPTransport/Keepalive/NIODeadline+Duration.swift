package import NIOCore

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
  package var nanosecondsRoundedUp: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    // Attoseconds have the sign of the seconds; dividing cuts toward zero, which is up for negative ones.
    let fraction = attoseconds / 1_000_000_000 + (attoseconds % 1_000_000_000 > 0 ? 1 : 0)
    let (sum, sumOverflow) = product.addingReportingOverflow(fraction)
    return sumOverflow ? (seconds < 0 ? .min : .max) : sum
  }

  /// The duration times `factor`, for factors and results far below what overflows a `Double` of seconds.
  package func scaled(by factor: Double) -> Duration {
    .nanoseconds(Int64((Double(nanosecondsRoundedUp) * factor).clampedForInt64))
  }
}

extension Double {
  /// The nearest value that converts to `Int64` without trapping; zero for "not a number".
  fileprivate var clampedForInt64: Double {
    isNaN ? 0 : Swift.max(-9.2e18, Swift.min(9.2e18, self))
  }
}
