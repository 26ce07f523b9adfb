internal import Glibc

/// The clock that cached answers go by.
enum CacheClock {
  /// Milliseconds since 1970, as the kernel last noted them; cheap to ask.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
