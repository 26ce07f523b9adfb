import NIOCore
import Testing

@testable import HTTPTransport

@Suite("Keepalive timer")
struct KeepaliveTimerTests {
  private func timer(withoutCalls: Bool = false) -> KeepaliveTimer {
    KeepaliveTimer(.client(time: .seconds(30), timeout: .seconds(5), withoutCalls: withoutCalls), at: instant(0))
  }

  @Test("Silence is met with a PING, and silence after it with the end")
  func silence() {
    var timer = timer()
    #expect(timer.next(at: instant(0), hasOpenStreams: true) == .wait(until: instant(30)))
    #expect(timer.next(at: instant(29.9), hasOpenStreams: true) == .wait(until: instant(30)))
    #expect(timer.next(at: instant(30), hasOpenStreams: true) == .sendPing(thenWaitUntil: instant(35)))
    #expect(timer.next(at: instant(34), hasOpenStreams: true) == .wait(until: instant(35)))
    #expect(timer.next(at: instant(35), hasOpenStreams: true) == .close)
  }

  @Test("Whatever arrives shows that the peer lives")
  func reads() {
    var timer = timer()
    timer.didRead(at: instant(20))
    #expect(timer.next(at: instant(30), hasOpenStreams: true) == .wait(until: instant(50)))
    #expect(timer.next(at: instant(50), hasOpenStreams: true) == .sendPing(thenWaitUntil: instant(55)))
    timer.didRead(at: instant(51))
    #expect(timer.next(at: instant(55), hasOpenStreams: true) == .wait(until: instant(81)))
    #expect(timer.next(at: instant(81), hasOpenStreams: true) == .sendPing(thenWaitUntil: instant(86)))
  }

  @Test("Without calls the timer sleeps, and a call after long silence is met with a PING at once")
  func withoutCalls() {
    var timer = timer()
    #expect(timer.next(at: instant(100), hasOpenStreams: false) == .sleep)
    #expect(timer.next(at: instant(200), hasOpenStreams: true) == .sendPing(thenWaitUntil: instant(205)))
    #expect(timer.next(at: instant(205), hasOpenStreams: false) == .close)
    var early = self.timer()
    #expect(early.next(at: instant(10), hasOpenStreams: false) == .sleep)
    #expect(early.next(at: instant(12), hasOpenStreams: true) == .wait(until: instant(30)))
  }

  @Test("Where it is allowed, connections without calls are watched too")
  func permitted() {
    var timer = timer(withoutCalls: true)
    #expect(timer.next(at: instant(30), hasOpenStreams: false) == .sendPing(thenWaitUntil: instant(35)))
  }

  @Test("Without a time the timer always sleeps")
  func disabled() {
    var timer = KeepaliveTimer(.client(), at: instant(0))
    #expect(timer.next(at: instant(1e6), hasOpenStreams: true) == .sleep)
  }

  @Test("A client waits ten seconds at least, a server one")
  func floors() {
    var client = KeepaliveTimer(.client(time: .seconds(1)), at: instant(0))
    #expect(client.next(at: instant(0), hasOpenStreams: true) == .wait(until: instant(10)))
    var server = KeepaliveTimer(.server(time: .zero), at: instant(0))
    #expect(server.next(at: instant(0), hasOpenStreams: false) == .wait(until: instant(1)))
    var usual = KeepaliveTimer(.server(), at: instant(0))
    #expect(usual.next(at: instant(7200), hasOpenStreams: false) == .sendPing(thenWaitUntil: instant(7220)))
  }

  @Test("After too_many_pings new connections wait twice as long")
  func calmed() {
    let configuration = KeepaliveTimer.Configuration.client(time: .seconds(30)).calmed
    #expect(configuration.time == .seconds(60))
    #expect(configuration.timeout == .seconds(20))
    #expect(KeepaliveTimer.Configuration.client().calmed.time == nil)
    var endless = KeepaliveTimer.Configuration.client(time: .seconds(Int64.max))
    for _ in 0..<100 { endless = endless.calmed }
    #expect(endless.time == .seconds(Int64(Int32.max)))
  }
}
