/// How long those who fail to sign in are locked out: not at all for the first mistakes, then twice as long each time.
package struct LockoutSchedule: Sendable, Equatable {
  /// Failures that are forgiven.
  package var free: Int
  /// The first lock.
  package var first: Duration
  package var maximum: Duration
  /// After so long without a failure all is forgotten.
  package var memory: Duration

  /// Of one address, wherever it is tried from.
  package static let account = LockoutSchedule(
    free: 5, first: .seconds(30), maximum: .seconds(3600), memory: .seconds(86_400))
  /// Of one client, whatever addresses it tries. Many people may sit behind one.
  package static let client = LockoutSchedule(
    free: 100, first: .seconds(30), maximum: .seconds(900), memory: .seconds(3600))

  /// How long the failure with this number, counted from 1, locks; nil for not at all.
  package func lock(after failures: Int) -> Duration? {
    guard failures >= free else { return nil }
    let doublings = min(failures - free, 30)
    return min(first * (1 << doublings), maximum)
  }
}
