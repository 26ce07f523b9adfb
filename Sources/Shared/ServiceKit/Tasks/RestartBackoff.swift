/// How long to wait before a failed task is started again: doubles from `initial` to `maximum`, less up to a half at
/// random, so that those who failed together do not come back together.
struct RestartBackoff: Sendable {
  var initial = Duration.milliseconds(200)
  var maximum = Duration.seconds(30)
  private(set) var failures = 0

  init(initial: Duration = .milliseconds(200), maximum: Duration = .seconds(30)) {
    self.initial = initial
    self.maximum = maximum
  }

  /// - Parameter random: 0 to 1.
  mutating func next(random: Double) -> Duration {
    failures += 1
    var wait = initial
    for _ in 1..<min(failures, 32) where wait < maximum { wait += wait }
    return min(wait, maximum) * (1 - 0.5 * random)
  }

  mutating func reset() { failures = 0 }
}
