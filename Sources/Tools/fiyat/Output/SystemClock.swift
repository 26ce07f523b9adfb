import Glibc

/// The clock on the wall.
enum SystemClock {
  /// Seconds since 1970-01-01 UTC.
  static func seconds() -> Int64 { Int64(time(nil)) }
}
