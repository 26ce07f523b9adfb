import NIOCore
import Testing

@testable import HTTPTransport

@Suite("Keepalive enforcement")
struct KeepalivePolicyTests {
  struct Ping {
    let at: Double
    let hasOpenStreams: Bool
    let verdict: KeepalivePolicy.Verdict
  }

  private func expect(_ pings: [Ping], _ configuration: KeepalivePolicy.Configuration = .init()) {
    var policy = KeepalivePolicy(configuration)
    for ping in pings {
      #expect(
        policy.didReceivePing(at: instant(ping.at), hasOpenStreams: ping.hasOpenStreams) == ping.verdict,
        "ping at \(ping.at)")
    }
  }

  @Test("Pings at the allowed interval are never too many")
  func polite() {
    expect((0..<100).map { Ping(at: Double($0) * 300, hasOpenStreams: true, verdict: .accept) })
  }

  @Test("The third early ping is one too many, and so is each after it")
  func impolite() {
    expect([
      Ping(at: 0, hasOpenStreams: true, verdict: .accept),
      Ping(at: 1, hasOpenStreams: true, verdict: .accept),
      Ping(at: 2, hasOpenStreams: true, verdict: .accept),
      Ping(at: 3, hasOpenStreams: true, verdict: .tooManyPings),
      Ping(at: 4, hasOpenStreams: true, verdict: .tooManyPings),
    ])
  }

  @Test("Strikes stay until something is sent, even after a valid ping")
  func strikesStay() {
    expect([
      Ping(at: 0, hasOpenStreams: true, verdict: .accept),
      Ping(at: 1, hasOpenStreams: true, verdict: .accept),
      Ping(at: 2, hasOpenStreams: true, verdict: .accept),
      Ping(at: 300, hasOpenStreams: true, verdict: .accept),
      Ping(at: 301, hasOpenStreams: true, verdict: .tooManyPings),
    ])
  }

  @Test("An early ping doesn't move the interval of the next")
  func intervalFromValidPing() {
    expect([
      Ping(at: 0, hasOpenStreams: true, verdict: .accept),
      Ping(at: 299, hasOpenStreams: true, verdict: .accept),
      Ping(at: 300, hasOpenStreams: true, verdict: .accept),
      Ping(at: 301, hasOpenStreams: true, verdict: .accept),
      Ping(at: 302, hasOpenStreams: true, verdict: .tooManyPings),
    ])
  }

  @Test("Without calls pings may come every two hours")
  func withoutCalls() {
    expect((0..<10).map { Ping(at: Double($0) * 7200, hasOpenStreams: false, verdict: .accept) })
    expect([
      Ping(at: 0, hasOpenStreams: false, verdict: .accept),
      Ping(at: 300, hasOpenStreams: false, verdict: .accept),
      Ping(at: 600, hasOpenStreams: false, verdict: .accept),
      Ping(at: 900, hasOpenStreams: false, verdict: .tooManyPings),
    ])
  }

  @Test("Where it is permitted, pings without calls have the same interval")
  func permitted() {
    expect(
      (0..<10).map { Ping(at: Double($0) * 10, hasOpenStreams: false, verdict: .accept) },
      .init(minimumInterval: .seconds(10), permitsWithoutCalls: true))
  }

  @Test("What is sent forgives all strikes and the next ping")
  func sending() {
    var policy = KeepalivePolicy()
    for second in 0..<100 {
      for _ in 0..<3 {
        #expect(policy.didReceivePing(at: instant(Double(second)), hasOpenStreams: true) == .accept)
      }
      policy.didSendHeadersOrData()
    }
  }

  @Test("The GOAWAY says what gRPC's clients look for")
  func debugData() {
    #expect("\(KeepalivePolicy.debugData)" == "too_many_pings")
  }
}
