internal import Glibc

/// Nanoseconds of a clock that only goes forward; deadlines are kept in them.
enum MonotonicClock {
  static let never = UInt64.max

  @inline(__always)
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }

  /// `duration` from now; `never` for none, and never earlier than now.
  static func deadline(after duration: Duration?, from start: UInt64 = now()) -> UInt64 {
    guard let duration else { return never }
    let (deadline, overflow) = start.addingReportingOverflow(duration.clampedNanoseconds)
    return overflow ? never : deadline
  }
}

extension Duration {
  /// Whole nanoseconds, 0 for a negative duration, at most 100 years.
  var clampedNanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    if seconds < 0 || attoseconds < 0 { return 0 }
    return UInt64(min(seconds, 3_155_760_000)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
  }
}
