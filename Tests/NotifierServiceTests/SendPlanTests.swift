import Testing

@testable import NotifierService

@Suite("Which messages go out")
struct SendPlanTests {
  let limits = SendPlan.Limits(interval: .milliseconds(50), burst: 2, addressInterval: .seconds(1))
  let now = noon

  private func candidate(
    _ id: Int64, _ chat: String, next: UnixTime? = nil, blocked: UnixTime? = nil, slot: UnixTime? = nil
  ) -> SendPlan.Candidate {
    var pace = SendPlan.Pace.idle
    if let next { pace.nextSlot = next }
    if let blocked { pace.blockedUntil = blocked }
    return SendPlan.Candidate(delivery: id, address: chat, slot: slot, pace: pace)
  }

  @Test("a chat's messages get places a second apart")
  func slots() {
    let plan = SendPlan(
      [candidate(1, "a"), candidate(2, "a"), candidate(3, "a"), candidate(4, "b")], capacity: 10, kind: .idle,
      limits: limits, now: now)
    #expect(plan.send == [1, 4])
    #expect(plan.later.map(\.delivery) == [2, 3])
    #expect(plan.later.map(\.until) == [now + .seconds(1), now + .seconds(2)])
    #expect(plan.later.map(\.isSlot) == [true, true])
    #expect(plan.nextSlots == ["a": now + .seconds(3), "b": now + .seconds(1)])
  }

  @Test("who has a place keeps it, and does not take another")
  func keptSlot() {
    let plan = SendPlan(
      [candidate(1, "a", next: now + .seconds(5), slot: now)], capacity: 10, kind: .idle, limits: limits, now: now)
    #expect(plan.send == [1])
    #expect(plan.nextSlots.isEmpty)
  }

  @Test("the kind's own pace ends the plan, and tells when to go on")
  func kindPace() {
    let chats = (1...5).map { candidate($0, "\($0)") }
    let plan = SendPlan(chats, capacity: 10, kind: .idle, limits: limits, now: now)
    #expect(plan.send == [1, 2])
    #expect(plan.kindSlot == now + .milliseconds(100))
    #expect(plan.wait == now + .milliseconds(50))
    #expect(plan.later.isEmpty)
    // Nothing was taken from the chats that were not reached.
    #expect(Set(plan.nextSlots.keys) == ["1", "2"])
  }

  @Test("over any second the kind stays within its rate")
  func rate() {
    var pace = SendPlan.Pace.idle
    var times: [UnixTime] = []
    var clock = now
    for round in 0..<400 {
      let chats = (0..<4).map { candidate(Int64(round * 4 + $0), "\(round).\($0)") }
      let plan = SendPlan(chats, capacity: 10, kind: pace, limits: limits, now: clock)
      times += plan.send.map { _ in clock }
      pace.nextSlot = plan.kindSlot
      clock = clock + .milliseconds(7)
    }
    for (index, time) in times.enumerated() {
      #expect(times[index...].prefix { $0.elapsed(since: time) < .seconds(1) }.count <= 22)
    }
    #expect(times.count >= 54)
  }

  @Test("blocked chats wait, a blocked kind sends nothing")
  func blocked() {
    let until = now + .seconds(30)
    let plan = SendPlan(
      [candidate(1, "a", blocked: until), candidate(2, "b")], capacity: 10, kind: .idle, limits: limits, now: now)
    #expect(plan.send == [2])
    #expect(plan.later.map(\.until) == [until])
    #expect(plan.later.map(\.isSlot) == [false])
    var kind = SendPlan.Pace.idle
    kind.blockedUntil = until
    let none = SendPlan([candidate(1, "a")], capacity: 10, kind: kind, limits: limits, now: now)
    #expect(none.send.isEmpty && none.wait == until)
  }

  @Test("no more than the capacity is taken")
  func capacity() {
    let free = SendPlan.Limits(interval: .zero, burst: 1, addressInterval: .zero)
    let plan = SendPlan((1...9).map { candidate($0, "a") }, capacity: 3, kind: .idle, limits: free, now: now)
    #expect(plan.send == [1, 2, 3])
    #expect(plan.nextSlots.isEmpty && plan.later.isEmpty)
  }

  @Test("pauses grow, differ, and end")
  func retries() throws {
    let schedule = RetrySchedule(maximumFailures: 12)
    var generator = SystemRandomNumberGenerator()
    for failures in 1..<12 {
      let pause = try #require(schedule.pause(afterFailures: failures, using: &generator))
      let full = min(Duration.seconds(1 << (failures - 1)), .seconds(3600))
      #expect(pause >= full / 2 && pause <= full)
    }
    #expect(schedule.pause(afterFailures: 12, using: &generator) == nil)
    #expect(schedule.pause(afterFailures: 0, using: &generator) != nil)
  }
}

@Suite("What answers mean")
struct SendOutcomeTests {
  @Test(
    "of Telegram",
    arguments: [
      (429, "Too Many Requests: retry after 17", 17, SendOutcome.slowDown(.seconds(17))),
      (429, "", nil, .slowDown(.seconds(1))), (429, "", 1_000_000, .slowDown(.seconds(3600))),
      (400, "Bad Request: chat not found", nil, .channelGone("Telegram: Bad Request: chat not found (400)")),
      (403, "blocked", nil, .channelGone("Telegram: blocked (403)")),
      (400, "can't parse entities", nil, .refused("Telegram: can't parse entities (400)")),
      (502, "Bad Gateway", nil, .failed("Telegram: Bad Gateway (502)")),
    ] as [(Int64, String, Int64?, SendOutcome)])
  func telegram(code: Int64, description: String, pause: Int64?, outcome: SendOutcome) {
    #expect(TelegramSender.outcome(code, description, pause) == outcome)
  }

  @Test(
    "of webhooks",
    arguments: [
      (200, nil, SendOutcome.accepted), (204, nil, .accepted),
      (301, nil, .refused("the webhook answered with status 301")),
      (404, nil, .refused("the webhook answered with status 404")),
      (410, nil, .channelGone("the webhook answered with status 410")),
      (429, nil, .failed("the webhook answered with status 429")), (429, 9, .slowDown(.seconds(9))),
      (503, -5, .slowDown(.seconds(1))), (500, 9, .failed("the webhook answered with status 500")),
    ] as [(Int, Int?, SendOutcome)])
  func webhook(status: Int, retryAfter: Int?, outcome: SendOutcome) {
    #expect(WebhookSender.outcome(status, retryAfter: retryAfter) == outcome)
  }
}
