import NIOCore
import Testing

@testable import HTTPTransport

@Suite("Connection age")
struct ConnectionAgeTests {
  private func age(
    idle: Int? = nil, age: Int? = nil, grace: Int? = nil, using generator: Scripted = .lowest
  ) -> ConnectionAge {
    var generator = generator
    let seconds = { (value: Int?) in value.map { Duration.seconds($0) } }
    return ConnectionAge(
      .init(maximumIdle: seconds(idle), maximumAge: seconds(age), grace: seconds(grace)), at: instant(0),
      using: &generator)
  }

  @Test("Without limits there is nothing to do")
  func unlimited() {
    var age = age()
    #expect(age.next(at: instant(1e6)) == .sleep)
  }

  @Test("The age varies by a tenth in both directions", arguments: [(Scripted.lowest, 90.0), (.highest, 110)])
  func jitter(generator: Scripted, limit: Double) {
    var age = age(age: 100, using: generator)
    #expect(age.next(at: instant(0)) == .wait(until: instant(limit)))
    #expect(age.next(at: instant(limit - 0.001)) == .wait(until: instant(limit)))
    #expect(age.next(at: instant(limit)) == .drain(.age))
    #expect(age.next(at: instant(limit)) == .sleep)
  }

  @Test("After the drain the grace runs, then the connection closes")
  func grace() {
    var age = age(age: 100, grace: 30)
    age.didChangeOpenStreams(to: 2, at: instant(1))
    #expect(age.next(at: instant(95)) == .drain(.age))
    #expect(age.next(at: instant(96)) == .wait(until: instant(125)))
    age.didChangeOpenStreams(to: 0, at: instant(97))
    #expect(age.next(at: instant(124)) == .wait(until: instant(125)))
    #expect(age.next(at: instant(125)) == .close)
  }

  @Test("Idleness counts from the start and from the end of the last stream")
  func idle() {
    var age = age(idle: 10)
    #expect(age.next(at: instant(5)) == .wait(until: instant(10)))
    age.didChangeOpenStreams(to: 1, at: instant(6))
    #expect(age.next(at: instant(50)) == .sleep)
    age.didChangeOpenStreams(to: 2, at: instant(51))
    age.didChangeOpenStreams(to: 1, at: instant(52))
    #expect(age.next(at: instant(70)) == .sleep)
    age.didChangeOpenStreams(to: 0, at: instant(71))
    age.didChangeOpenStreams(to: 0, at: instant(75))
    #expect(age.next(at: instant(76)) == .wait(until: instant(81)))
    #expect(age.next(at: instant(81)) == .drain(.idle))
  }

  @Test("The earlier of age and idleness comes first")
  func both() {
    var byIdle = age(idle: 10, age: 100)
    #expect(byIdle.next(at: instant(0)) == .wait(until: instant(10)))
    #expect(byIdle.next(at: instant(10)) == .drain(.idle))
    var byAge = age(idle: 1000, age: 100)
    #expect(byAge.next(at: instant(0)) == .wait(until: instant(90)))
    #expect(byAge.next(at: instant(5000)) == .drain(.age))
    var busy = age(idle: 10, age: 100)
    busy.didChangeOpenStreams(to: 1, at: instant(1))
    #expect(busy.next(at: instant(20)) == .wait(until: instant(90)))
  }

  @Test("A drain for another reason leaves the grace alone to watch")
  func otherDrain() {
    var age = age(idle: 10, age: 100, grace: 5)
    age.didStartDraining(at: instant(1))
    #expect(age.next(at: instant(2)) == .wait(until: instant(6)))
    age.didStartDraining(at: instant(4))
    #expect(age.next(at: instant(6)) == .close)
  }

  @Test("The reasons are the debug data that gRPC's servers send")
  func reasons() {
    #expect(ConnectionAge.Reason.idle.rawValue == "max_idle")
    #expect(ConnectionAge.Reason.age.rawValue == "max_age")
  }
}
