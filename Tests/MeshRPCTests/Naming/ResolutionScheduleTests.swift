import NIOCore
import Testing

@testable import MeshRPC

@Suite("Resolution schedule")
struct ResolutionScheduleTests {
  private func next(_ schedule: inout ResolutionSchedule, _ seconds: Double) -> ResolutionSchedule.Action {
    var generator = Scripted.highest
    return schedule.next(at: instant(seconds), using: &generator)
  }

  @Test("The first lookup is at once, and no second one beside it")
  func first() {
    var schedule = ResolutionSchedule()
    #expect(next(&schedule, 0) == .resolve)
    #expect(next(&schedule, 1) == .sleep)
    schedule.request()
    #expect(next(&schedule, 100) == .sleep)
  }

  @Test("After success it sleeps until asked, and then keeps the minimum interval")
  func requests() {
    var schedule = ResolutionSchedule()
    #expect(next(&schedule, 0) == .resolve)
    schedule.didFinish(successfully: true)
    #expect(next(&schedule, 10) == .sleep)
    schedule.request()
    schedule.request()
    #expect(next(&schedule, 10) == .wait(until: instant(30)))
    #expect(next(&schedule, 30) == .resolve)
    schedule.didFinish(successfully: true)
    #expect(next(&schedule, 31) == .sleep)
    #expect(next(&schedule, 1000) == .sleep)
    schedule.request()
    #expect(next(&schedule, 1000) == .resolve)
  }

  @Test("A request during a lookup leads to another one")
  func requestWhileRunning() {
    var schedule = ResolutionSchedule()
    #expect(next(&schedule, 0) == .resolve)
    schedule.request()
    schedule.didFinish(successfully: true)
    #expect(next(&schedule, 5) == .wait(until: instant(30)))
    #expect(next(&schedule, 30) == .resolve)
    schedule.didFinish(successfully: true)
    #expect(next(&schedule, 60) == .sleep)
  }

  @Test("Failed lookups are repeated with growing waits, requests or not")
  func failures() {
    var schedule = ResolutionSchedule()
    #expect(next(&schedule, 0) == .resolve)
    schedule.didFinish(successfully: false)
    schedule.request()
    #expect(next(&schedule, 0.5) == .wait(until: instant(1)))
    #expect(next(&schedule, 1) == .resolve)
    schedule.didFinish(successfully: false)
    #expect(next(&schedule, 1) == .wait(until: instant(1 + 1.92)))
    #expect(next(&schedule, 4) == .resolve)
    schedule.didFinish(successfully: true)
    #expect(next(&schedule, 5) == .sleep)
    schedule.request()
    #expect(next(&schedule, 34) == .resolve)
    schedule.didFinish(successfully: false)
    #expect(next(&schedule, 34) == .wait(until: instant(35)))
  }

  @Test("Where configured, names are looked up regularly, and sooner when asked")
  func refresh() {
    var schedule = ResolutionSchedule(.init(minimumInterval: .seconds(5), refreshInterval: .seconds(60)))
    #expect(next(&schedule, 0) == .resolve)
    schedule.didFinish(successfully: true)
    #expect(next(&schedule, 1) == .wait(until: instant(60)))
    schedule.request()
    #expect(next(&schedule, 1) == .wait(until: instant(5)))
    #expect(next(&schedule, 5) == .resolve)
    schedule.didFinish(successfully: true)
    #expect(next(&schedule, 65) == .resolve)
  }

  @Test("The refresh is never more often than the minimum")
  func refreshFloor() {
    let configuration = ResolutionSchedule.Configuration(minimumInterval: .seconds(30), refreshInterval: .seconds(1))
    #expect(configuration.refreshInterval == .seconds(30))
  }

  @Test("An end without a beginning changes nothing")
  func strayFinish() {
    var schedule = ResolutionSchedule()
    schedule.didFinish(successfully: false)
    #expect(next(&schedule, 0) == .resolve)
  }
}
