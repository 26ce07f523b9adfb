internal import Glibc

/// The market's time: until `origin` it is the world's, from then on it runs `speed` times as fast, plus what was added
/// by hand.
package struct MarketClock: Sendable, Hashable {
  /// Seconds since 1970.
  package let origin: Int64
  /// 1 and more.
  package let speed: Int64
  /// Seconds added.
  package var advance: Int64 = 0

  package init(origin: Int64, speed: Int64) {
    self.origin = origin
    self.speed = max(1, speed)
  }

  /// The market's moment at `real`, both in seconds since 1970.
  package func moment(at real: Int64) -> Int64 {
    (real <= origin ? real : origin + (real - origin) * speed) + advance
  }

  package static func now() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec)
  }
}
