import Testing

@testable import PricingService

@Suite("When hosts may be asked")
struct ScheduleTests {
  @Test("Moments are handed out an interval apart, and none too far away")
  func spacing() {
    var schedule = HostSchedule()
    func reserve(_ now: Int) -> Duration? {
      schedule.reserve(at: .seconds(now), interval: .seconds(2), within: .seconds(3))
    }
    #expect(reserve(10) == .zero)
    #expect(reserve(10) == .seconds(2))
    #expect(reserve(10) == nil)
    #expect(reserve(11) == .seconds(3))
    #expect(reserve(100) == .zero)
  }

  @Test("A host that wants to be left alone is, until then")
  func postponed() async throws {
    let budget = LocalHostBudget { .seconds(50) }
    try await budget.postpone("a:80", by: .seconds(60))
    try await budget.postpone("a:80", by: .seconds(10))
    await #expect {
      try await budget.reserve("a:80", interval: .seconds(1), within: .seconds(20))
    } throws: {
      ($0 as? SourceError)?.kind == .refused(retryAfter: .seconds(60))
    }
    #expect(try await budget.reserve("b:80", interval: .seconds(1), within: .seconds(20)) == .zero)
  }

  @Test("The hosts that are remembered are bounded; idle ones make room")
  func bounded() async throws {
    let time = TestTime()
    let budget = LocalHostBudget(maximumHosts: 2, now: { time.now })
    _ = try await budget.reserve("a", interval: .seconds(5), within: .zero)
    _ = try await budget.reserve("b", interval: .seconds(5), within: .zero)
    await #expect(throws: SourceError.self) { try await budget.reserve("c", interval: .seconds(5), within: .zero) }
    time.advance(by: .seconds(5))
    #expect(try await budget.reserve("c", interval: .seconds(5), within: .zero) == .zero)
  }

  @Test(
    "Retry-After is seconds or a date",
    arguments: [
      ("120", Duration.seconds(120)), (" 5 ", .seconds(5)), ("0", .zero), ("99999999", .seconds(86_400)),
      ("Sun, 06 Nov 1994 08:49:47 GMT", .seconds(10)), ("Sunday, 06-Nov-94 08:49:47 GMT", .seconds(10)),
      ("Sun Nov  6 08:49:47 1994", .seconds(10)), ("Sun, 06 Nov 1994 08:00:00 GMT", .zero),
      ("soon", nil), ("-5", nil), ("", nil), ("Sun, 32 Nov 1994 08:49:47 GMT", nil),
    ])
  func retryAfter(value: String, expected: Duration?) {
    #expect(RetryAfter.read(value, now: 784_111_777) == expected)
  }

  @Test("Turns go in order, one cancelled while it waits is passed over")
  func turns() async throws {
    let queue = TurnQueue(limit: 1, maximumWaiting: 1)
    try await queue.withTurn {
      try await withThrowingTaskGroup(of: Void.self) { group in
        let gate = AsyncStream<Void>.makeStream()
        group.addTask {
          gate.continuation.yield()
          try await queue.withTurn {}
        }
        for await _ in gate.stream { break }
        group.cancelAll()
        do {
          try await group.waitForAll()
          Issue.record("a cancelled task got its turn")
        } catch {
          #expect(error is CancellationError)
        }
      }
    }
    try await queue.withTurn {}
  }
}
