internal import Glibc

/// The clocks that limits go by.
enum RateClock {
  /// Nanoseconds of a clock that never goes back. Milliseconds exact, and cheap to ask.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  private static let secondsOfDay: Int64 = 86_400

  /// Days since 1970, UTC.
  static func today() -> Int64 { Int64(time(nil)) / secondsOfDay }

  static func secondsLeftToday() -> Int { Int(secondsOfDay - Int64(time(nil)) % secondsOfDay) }

  /// Whole seconds, at least 1: who comes back earlier is refused again.
  static func seconds(nanoseconds: Int64) -> Int { max(1, Int((nanoseconds + 999_999_999) / 1_000_000_000)) }
}
