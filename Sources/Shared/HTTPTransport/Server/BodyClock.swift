import NIOCore

/// How long a request's body has taken: a peer that sends a byte now and then is never silent for long, and never ends.
struct BodyClock {
  private let began: NIODeadline
  private var bytes = 0
  private var excused = TimeAmount.zero

  init(_ now: NIODeadline) { began = now }

  mutating func received(_ count: Int) { bytes += count }

  /// Leaves out time in which it was we who did not take more.
  mutating func excuse(_ time: TimeAmount) { excused = excused + time }

  /// Whether it took longer than the time that every body has, and that which its bytes have earned.
  func isOver(_ now: NIODeadline, _ timeouts: HTTPTimeouts) -> Bool {
    let earned = TimeAmount.milliseconds(Int64(bytes / max(1, timeouts.minimumBodyRate)) * 1000)
    return now - began - excused > timeouts.bodyTotal + earned
  }
}
