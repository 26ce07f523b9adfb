/// When a delivery that failed is tried again.
struct RetrySchedule: Sendable {
  /// Failures until it is parked.
  var maximumFailures: Int
  /// The wait after the first failure; doubles from there.
  var firstPause = Duration.seconds(1)
  var longestPause = Duration.seconds(3600)

  /// The wait after so many failures; nil when it is to be parked. Drawn from the upper half of its range, so that what
  /// failed together does not come back together.
  func pause(afterFailures failures: Int, using generator: inout some RandomNumberGenerator) -> Duration? {
    guard failures < maximumFailures else { return nil }
    let doubled = firstPause * (1 << min(max(0, failures - 1), 20))
    return min(doubled, longestPause) * Double.random(in: 0.5...1, using: &generator)
  }
}
