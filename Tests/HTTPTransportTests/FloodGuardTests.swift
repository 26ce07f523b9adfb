import HTTPTransport
import Testing

@Suite struct FloodGuardTests {
  private var limits: HTTP2Limits {
    var limits = HTTP2Limits()
    limits.resetBurst = 3
    limits.resetsPerSecond = 2
    limits.controlFrameBurst = 2
    limits.controlFramesPerSecond = 1
    return limits
  }

  /// How many resets are allowed now.
  private func resets(_ guardian: inout FloodGuard) -> Int {
    var count = 0
    while count < 100, guardian.allowsReset() { count += 1 }
    return count
  }

  private func controlFrames(_ guardian: inout FloodGuard) -> Int {
    var count = 0
    while count < 100, guardian.allowsControlFrame() { count += 1 }
    return count
  }

  @Test("A burst is allowed, one more is not, and time gives back at the configured rate")
  func refill() {
    var guardian = FloodGuard(limits: limits, now: 1_000)
    let burst = resets(&guardian)
    #expect(burst == 3)
    guardian.advance(to: 1_000 + 500_000_000)
    let afterHalfASecond = resets(&guardian)
    #expect(afterHalfASecond == 1)
    guardian.advance(to: 1_000 + 3_600_000_000_000)
    let afterAnHour = resets(&guardian)
    #expect(afterAnHour == 3, "an hour's rest earns no more than the burst")
  }

  @Test("A clock that stands still or goes back earns nothing")
  func clock() {
    var guardian = FloodGuard(limits: limits, now: 1_000_000_000)
    _ = controlFrames(&guardian)
    guardian.advance(to: 1_000_000_000)
    guardian.advance(to: 0)
    let earned = controlFrames(&guardian)
    #expect(earned == 0)
  }

  @Test("Useful frames earn control frames, never more than the burst, and no resets")
  func useful() {
    var guardian = FloodGuard(limits: limits, now: 0)
    _ = controlFrames(&guardian)
    _ = resets(&guardian)
    guardian.noteUsefulFrame(bytes: 1 << 20)
    let earned = controlFrames(&guardian)
    let earnedResets = resets(&guardian)
    #expect(earned == 2 && earnedResets == 0)
  }
}
