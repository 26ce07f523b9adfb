/// Two token buckets that tell an attack by cheap frames from a busy peer.
///
/// Counts on event: it is fed by frame type and by a coarse time in nanoseconds, keeps no clock of its own and costs a
/// few instructions a frame.
package struct FloodGuard: Sendable {
  private struct Bucket {
    var tokens: Double
    let burst: Double
    let perNanosecond: Double

    init(burst: Int, perSecond: Int) {
      self.burst = Double(burst)
      tokens = Double(burst)
      perNanosecond = Double(perSecond) / 1e9
    }

    mutating func refill(nanoseconds: UInt64) {
      tokens = min(burst, tokens + Double(nanoseconds) * perNanosecond)
    }

    mutating func take() -> Bool {
      guard tokens >= 1 else { return false }
      tokens -= 1
      return true
    }
  }

  private var resets: Bucket
  private var control: Bucket
  private var lastRefill: UInt64

  /// - Parameter now: nanoseconds of any monotonic clock; later calls use the same clock.
  package init(limits: HTTP2Limits, now: UInt64) {
    resets = Bucket(burst: limits.resetBurst, perSecond: limits.resetsPerSecond)
    control = Bucket(burst: limits.controlFrameBurst, perSecond: limits.controlFramesPerSecond)
    lastRefill = now
  }

  /// Gives back what the time since the last call has earned. Called once for each read from the socket.
  package mutating func advance(to now: UInt64) {
    guard now > lastRefill else { return }
    resets.refill(nanoseconds: now - lastRefill)
    control.refill(nanoseconds: now - lastRefill)
    lastRefill = now
  }

  /// The peer broke off a stream or provoked a reset. False when it has done so too often.
  package mutating func allowsReset() -> Bool { resets.take() }

  /// The peer sent a frame that carries nothing. False when there were too many.
  package mutating func allowsControlFrame() -> Bool { control.take() }

  /// Body bytes or headers were sent or received: the peer earns the window updates and pings that go with them, one
  /// for each 256 bytes and never less than four.
  package mutating func noteUsefulFrame(bytes: Int = 0) {
    control.tokens = min(control.burst, control.tokens + Double(max(4, bytes >> 8)))
  }
}
