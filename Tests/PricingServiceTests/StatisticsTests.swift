import Testing

@testable import PricingService

@Suite("Statistics")
struct StatisticsTests {
  private func statistics(_ observations: [Observation], asOf: Moment) -> PriceStatistics {
    let fold = Outcome(observations).fold
    return PriceStatistics(of: fold.timeline, firstObservedAt: fold.firstObservedAt, asOf: asOf)
  }

  @Test("The average is weighted by time, without time out of stock or before the first observation")
  func average() {
    let statistics = statistics(
      [seen(day(0), 100), seen(day(10), 200), seen(day(15), nil), seen(day(20), 200)], asOf: day(25))
    // 10 days at 100, 5 and 5 at 200.
    #expect(statistics.windows[0].average == 150)
    #expect(statistics.windows[0].outOfStockBasisPoints == 2000)
    #expect(statistics.price == 200)
  }

  @Test("The price in effect at the window's start counts from there")
  func windowStart() {
    let statistics = statistics([seen(day(0), 100), seen(day(85), 300)], asOf: day(100))
    #expect(statistics.windows[0].average == 200)
    #expect(statistics.windows[0].lowest == Extreme(price: 100, at: day(70)))
    #expect(statistics.windows[0].highest == Extreme(price: 300, at: day(85)))
    #expect(statistics.windows[4].lowest == Extreme(price: 100, at: day(0)))
    #expect(statistics.windows.map(\.days) == [30, 90, 180, 365, 0])
  }

  @Test("Averages are rounded half to even", arguments: [(1, 2, 2), (2, 3, 2), (3, 4, 4)] as [(Int64, Int64, Int64)])
  func rounding(first: Int64, second: Int64, average: Int64) {
    let statistics = statistics([seen(day(0), first), seen(day(1), second)], asOf: day(2))
    #expect(statistics.windows[4].average == average)
  }

  @Test("As of a moment, nothing later counts")
  func asOf() {
    let observations = [seen(day(0), 100), seen(day(10), 80), seen(day(20), 120)]
    let then = statistics(observations, asOf: day(15))
    #expect(then == statistics(Array(observations.prefix(2)), asOf: day(15)))
    #expect(then.price == 80)
    let before = statistics(observations, asOf: day(-1))
    #expect(before.price == nil && before.firstObservedAt == nil && before.windows[4].average == nil)
  }

  @Test("What begins at the very moment counts as lowest, without weight")
  func atTheMoment() {
    let statistics = statistics([seen(day(0), 100), seen(day(10), 80)], asOf: day(10))
    #expect(statistics.windows[0].lowest == Extreme(price: 80, at: day(10)))
    #expect(statistics.windows[0].average == 100)
    let first = self.statistics([seen(day(0), 100)], asOf: day(0))
    #expect(first.windows[0].average == 100)
  }

  @Test("Never in stock means no price figures and all time out of stock")
  func neverInStock() {
    let statistics = statistics([seen(day(0), nil)], asOf: day(10))
    #expect(statistics.windows[0].average == nil && statistics.windows[0].lowest == nil)
    #expect(statistics.windows[0].outOfStockBasisPoints == 10_000)
  }

  @Test("Yen and dinar are counted in their own minor units")
  func otherCurrencies() {
    // JPY: 1,000 and 1,001 yen for a day each; KWD: 1.234 and 1.236 dinar.
    #expect(statistics([seen(day(0), 1000), seen(day(1), 1001)], asOf: day(2)).windows[4].average == 1000)
    #expect(statistics([seen(day(0), 1234), seen(day(1), 1236)], asOf: day(2)).windows[4].average == 1235)
  }

  @Test("A day has 24 hours throughout, also where clocks are put forward")
  func daylightSaving() {
    // 2024-03-31T01:00:00Z is when clocks in Europe jump.
    let jump = Moment(milliseconds: 1_711_846_800_000)
    let statistics = statistics([seen(jump.daysBefore(1), 100), seen(jump, 200)], asOf: jump.daysAfter(1))
    #expect(statistics.windows[0].average == 150)
    #expect(jump.startOfDay.milliseconds == 1_711_843_200_000)
  }

  @Test("A product's price is the best in-stock price over its listings")
  func product() {
    let cheap = Outcome([seen(day(0), 90), seen(day(5), nil), seen(day(8), 95)]).fold.timeline
    let dear = Outcome([seen(day(2), 100), seen(day(9), nil)]).fold.timeline
    let merged = ProductTimeline.merge([.init(timeline: cheap), .init(timeline: dear, removedAt: day(20))])
    #expect(merged.points.map(\.inStockPrice) == [90, 100, 95])
    #expect(merged.points.map(\.at) == [day(0), day(5), day(8)])
    let withRemoval = ProductTimeline.merge([.init(timeline: cheap, removedAt: day(8)), .init(timeline: dear)])
    #expect(withRemoval.points.map(\.inStockPrice) == [90, 100, nil])
    #expect(withRemoval.points.map(\.availability) == [.inStock, .inStock, .outOfStock])
  }

  @Test("A summary of pruned points gives the same figures as the points")
  func pruned() {
    var generator = SeededGenerator(state: 3)
    for _ in 0..<50 {
      let whole = Outcome(randomObservations(count: 300, using: &generator)).fold
      var pruned = whole
      pruned.prune()
      guard let last = whole.lastObservedAt else { continue }
      for asOf in [last, last.daysAfter(3), last.daysAfter(500)] where pruned.timeline.covers(asOf.daysBefore(365)) {
        #expect(
          PriceStatistics(of: pruned.timeline, firstObservedAt: whole.firstObservedAt, asOf: asOf)
            == PriceStatistics(of: whole.timeline, firstObservedAt: whole.firstObservedAt, asOf: asOf))
      }
    }
  }

  @Test("Days have the lowest in-stock price and the last state")
  func days() {
    let midnight = day(0).startOfDay
    let timeline = Outcome([
      seen(midnight + 1000, 100), seen(midnight + 2000, 80), seen(midnight + 3000, 120),
      seen(midnight.daysAfter(2), nil),
    ]).fold.timeline
    let days = timeline.days(from: midnight.daysBefore(5), to: midnight.daysAfter(3), maximum: 1000)
    #expect(days.map(\.low) == [80, 120, nil])
    #expect(days.map(\.last.price) == [120, 120, nil])
    #expect(days.map(\.last.at) == [midnight, midnight.daysAfter(1), midnight.daysAfter(2)])
  }
}
