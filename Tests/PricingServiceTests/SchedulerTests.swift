import Testing

@testable import PricingService

@Suite("When checks are due")
struct CheckIntervalTests {
  private func pause(
    _ result: CheckInterval.Result, _ priority: PriorityClass, unchanged: Int16 = 0, failures: Int16 = 0,
    jitter: Double = 0.5
  ) -> Int64 {
    CheckInterval.next(
      result, priority, unchanged: unchanged, failures: failures, now: start, jitter: jitter
    ).due - start
  }

  @Test("What changes is looked at sooner than what never does, within the class")
  func adaptive() {
    for priority in PriorityClass.allCases {
      let interval = CheckIntervals.standard[priority]
      #expect(pause(.changed, priority) == interval * 3 / 4)
      #expect(pause(.unchanged, priority, unchanged: 4) == interval)
      #expect(pause(.unchanged, priority, unchanged: 500) == interval * 5 / 4)
      for jitter in [0, 0.3, 1] {
        #expect(pause(.changed, priority, jitter: jitter) >= CheckInterval.shortest(priority))
      }
    }
  }

  @Test("Failures double the pause up to a day")
  func backOff() {
    #expect(pause(.failed, .hot) == 600_000)
    #expect(pause(.failed, .hot, failures: 3) == 300_000 * 16)
    #expect(pause(.failed, .hot, failures: 30) == Moment.day)
    #expect(pause(.failed, .cold, failures: 1) == Moment.day)
    let next = CheckInterval.next(.failed, .hot, unchanged: 3, failures: 30, now: start, jitter: 0.5)
    #expect(next.failures == 30 && next.unchanged == 3)
  }

  @Test("An unconfirmed price is looked at again soon, but not within the minute", arguments: [0, 0.5, 1])
  func unconfirmed(jitter: Double) {
    let pause = pause(.unconfirmed, .cold, jitter: jitter)
    #expect(pause > 60_000 && pause < 90_000)
  }

  @Test("A source that says to wait is not asked before")
  func notBefore() {
    let next = CheckInterval.next(
      .failed, .hot, unchanged: 0, failures: 0, now: start, jitter: 0.5, notBefore: start + 7_200_000)
    #expect(next.due == start + 7_200_000)
  }

  @Test("A month is found for every day, also before 1970")
  func months() {
    #expect(CalendarMonth(Moment(milliseconds: 0)).label == "197001")
    #expect(CalendarMonth(Moment(milliseconds: -1)).label == "196912")
    #expect(CalendarMonth(Moment(milliseconds: 1_709_164_800_000)).label == "202402")  // 2024-02-29
    #expect(CalendarMonth(Moment(milliseconds: 1_709_251_200_000)).label == "202403")
    #expect(CalendarMonth(year: 2023, month: 12).next.firstDay == "2024-01-01")
  }

  @Test(
    "A page's host is its source",
    arguments: [
      ("https://www.Example.com/x", "www.example.com"), ("http://a.b:8080?x", "a.b"), ("https://u:p@h.de#f", "h.de"),
      ("https://[2001:db8::1]:443/", "[2001:db8::1]"),
    ])
  func hosts(url: String, host: String) {
    #expect(SourceHost.of(url) == host)
  }

  @Test("What is no web address has no host", arguments: ["", "ftp://a/b", "https:///x", "www.example.com"])
  func noHosts(url: String) {
    #expect(SourceHost.of(url) == nil)
  }
}

@Suite("What a source allows")
struct SourceBudgetTests {
  private let now: Int64 = 1_700_000_000_000_000

  private func budget(
    rate: Int = 2000, concurrency: Int = 100, daily: Int = 0, nextAt: Int64 = 0, used: Int = 0, leased: Int = 0
  ) -> SourceBudget {
    SourceBudget(
      rateMillihertz: rate, concurrency: concurrency, dailyBudget: daily, nextAt: nextAt, usedToday: used,
      leased: leased)
  }

  @Test("The rate allows one request now and those of the last second")
  func rate() {
    #expect(budget().allowance(now: now, limit: 50) == 3)
    #expect(budget(rate: 500).allowance(now: now, limit: 50) == 1)
    #expect(budget(nextAt: now + 1).allowance(now: now, limit: 50) == 0)
    #expect(budget(nextAt: now - 500_000).allowance(now: now, limit: 50) == 2)
    #expect(budget(rate: 0).allowance(now: now, limit: 50) == 0)
  }

  @Test("Over a minute no more is taken than the rate gives")
  func overTime() {
    var budget = budget(rate: 500, nextAt: now)
    var taken = 0
    for tick in 0..<600 {
      let time = now + Int64(tick) * 100_000
      let count = budget.allowance(now: time, limit: 10)
      if count > 0 { budget.take(count, now: time) }
      taken += count
    }
    #expect(taken == 30)
  }

  @Test("Concurrency, the day's budget and the asker's own limit bind too")
  func others() {
    #expect(budget(rate: 1_000_000, concurrency: 4, leased: 3).allowance(now: now, limit: 50) == 1)
    #expect(budget(rate: 1_000_000, concurrency: 4, leased: 9).allowance(now: now, limit: 50) == 0)
    #expect(budget(rate: 1_000_000, daily: 10, used: 8).allowance(now: now, limit: 50) == 2)
    #expect(budget(rate: 1_000_000, daily: 10, used: 10).allowance(now: now, limit: 50) == 0)
    #expect(budget(rate: 1_000_000).allowance(now: now, limit: 7) == 7)
  }
}
