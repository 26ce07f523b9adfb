/// The wait before the next attempt to connect: doubles from one bound to the other, and each is drawn from its upper
/// half so that many processes do not come back together.
struct Backoff {
  private let first: UInt64
  private let last: UInt64
  private(set) var failures = 0

  init(_ bounds: ClosedRange<Duration>) {
    first = bounds.lowerBound.clampedNanoseconds
    last = bounds.upperBound.clampedNanoseconds
  }

  mutating func reset() { failures = 0 }

  /// Nanoseconds to wait after one more failure.
  mutating func next(using generator: inout some RandomNumberGenerator) -> UInt64 {
    let (doubled, overflow) = first.multipliedReportingOverflow(by: 1 << UInt64(min(failures, 30)))
    failures += 1
    let bound = overflow ? last : min(doubled, last)
    return UInt64.random(in: bound / 2...bound, using: &generator)
  }
}
