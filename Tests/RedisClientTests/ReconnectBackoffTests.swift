import NIOCore
import Testing

@testable import RedisClient

@Suite("Reconnect backoff")
struct ReconnectBackoffTests {
  @Test("Delays double up to the maximum, and begin anew after a reset")
  func doubling() {
    var backoff = ReconnectBackoff(initial: .milliseconds(50), maximum: .seconds(1))
    let delays = (0..<7).map { _ in backoff.next(random: 1).nanoseconds / 1_000_000 }
    #expect(delays == [50, 100, 200, 400, 800, 1000, 1000])
    backoff.reset()
    #expect(backoff.next(random: 1) == .milliseconds(50))
  }

  @Test("Jitter takes away at most half")
  func jitter() {
    var backoff = ReconnectBackoff(initial: .milliseconds(100), maximum: .milliseconds(100))
    #expect(backoff.next(random: 0) == .milliseconds(50))
    #expect(backoff.next(random: 0.5) == .milliseconds(75))
    #expect(backoff.next(random: 7) == .milliseconds(100), "out of range")
  }

  @Test("No number of failures and no setting overflows")
  func extremes() {
    var endless = ReconnectBackoff(initial: .nanoseconds(.max), maximum: .nanoseconds(.max))
    var zero = ReconnectBackoff(initial: .zero, maximum: .zero)
    for _ in 0..<200 {
      #expect(endless.next(random: 1) > .zero)
      #expect(zero.next(random: 1) >= .zero)
    }
  }
}
