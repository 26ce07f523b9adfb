/// The wait before the next try: doubles from one bound to the other, and each is drawn from its upper half, so that
/// many processes do not come back together.
struct RetryDelay {
  private let bounds: ClosedRange<Duration>
  private(set) var failures = 0

  init(_ bounds: ClosedRange<Duration>) { self.bounds = bounds }

  mutating func reset() { failures = 0 }

  /// The wait after one more failure.
  mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
    let doubled = bounds.lowerBound * (1 << min(failures, 20))
    failures += 1
    return min(doubled, bounds.upperBound) * Double.random(in: 0.5...1, using: &generator)
  }

  mutating func next() -> Duration {
    var generator = SystemRandomNumberGenerator()
    return next(using: &generator)
  }
}
