import NIOCore
import Testing

@testable import MeshRPC

@Suite("Connection backoff")
struct ConnectionBackoffTests {
  private func waits(_ count: Int, using generator: Scripted, _ backoff: inout ConnectionBackoff) -> [Double] {
    var generator = generator
    return (0..<count).map { _ in
      let attempt = backoff.attempt(at: instant(100), using: &generator)
      return Double((attempt.nextAttempt - instant(100)).nanoseconds) / 1e9
    }
  }

  @Test("Waits grow from 1 s by 1.6 to 120 s, give or take a fifth after the first")
  func growth() {
    var base = 1.0
    var bases: [Double] = []
    for _ in 0..<15 {
      bases.append(base)
      base = min(base * 1.6, 120)
    }
    for (generator, factor) in [(Scripted.lowest, 0.8), (.highest, 1.2)] {
      var backoff = ConnectionBackoff()
      let found = waits(15, using: generator, &backoff)
      #expect(found[0] == 1)
      for index in 1..<15 { #expect(abs(found[index] - bases[index] * factor) < 1e-6) }
    }
    #expect(bases.last == 120)
  }

  @Test("A connection made starts the waits anew")
  func reset() {
    var backoff = ConnectionBackoff()
    let first = waits(5, using: .highest, &backoff)
    backoff.reset()
    #expect(waits(5, using: .highest, &backoff) == first)
  }

  @Test("An attempt gets 20 s at least, and as long as its wait if that is longer")
  func connectDeadline() {
    var backoff = ConnectionBackoff()
    var generator = Scripted.highest
    var attempts: [ConnectionBackoff.Attempt] = []
    for _ in 0..<12 { attempts.append(backoff.attempt(at: instant(0), using: &generator)) }
    #expect(attempts[0].connectDeadline == instant(20))
    for attempt in attempts { #expect(attempt.connectDeadline == max(instant(20), attempt.nextAttempt)) }
    #expect(attempts[11].connectDeadline == instant(144))
  }

  @Test("Senseless settings are brought into range")
  func configuration() {
    let odd = ConnectionBackoff.Configuration(
      initial: .seconds(-1), multiplier: 0.1, jitter: 7, maximum: .seconds(-2), minimumConnectTimeout: .seconds(-3))
    var backoff = ConnectionBackoff(odd)
    var generator = Scripted.highest
    for _ in 0..<5 {
      let attempt = backoff.attempt(at: instant(1), using: &generator)
      #expect(attempt == .init(connectDeadline: instant(1), nextAttempt: instant(1)))
    }
  }
}
