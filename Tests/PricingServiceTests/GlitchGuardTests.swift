import Testing

@testable import PricingService

@Suite("Glitch guard")
struct GlitchGuardTests {
  private typealias Role = ObservationRole

  @Test(
    "A price far from the current one counts only when the next observation agrees",
    arguments: [
      // Exactly 3 times and exactly a third are not far.
      ("three times", [(0, 100), (60, 300)], [Role.change, .change]),
      ("above three times", [(0, 100), (60, 301)], [.change, .unconfirmed]),
      ("a third", [(0, 300), (60, 100)], [.change, .change]),
      ("below a third", [(0, 301), (60, 100)], [.change, .unconfirmed]),
      ("confirmed after a minute", [(0, 1000), (60, 100), (120, 100)], [.change, .change, .repeated]),
      ("10 % above confirms", [(0, 1000), (60, 100), (120, 110)], [.change, .change, .change]),
      ("10 % below confirms", [(0, 1000), (60, 100), (120, 90)], [.change, .change, .change]),
      ("more than 10 % refutes", [(0, 1000), (60, 100), (120, 111)], [.change, .glitch, .unconfirmed]),
      ("the old price refutes", [(0, 1000), (60, 100), (120, 1000)], [.change, .glitch, .repeated]),
      ("too soon decides nothing", [(0, 1000), (60, 100), (119, 100)], [.change, .unconfirmed, .aside]),
      (
        "a minute later decides", [(0, 1000), (60, 100), (119, 100), (120, 100)], [.change, .change, .aside, .repeated]
      ),
      ("another price refutes at once", [(0, 1000), (60, 100), (61, 1000)], [.change, .glitch, .repeated]),
      ("no price refutes", [(0, 1000), (60, 100), (120, 0)], [.change, .glitch, .change]),
      (
        "one glitch after the other", [(0, 1000), (60, 100), (120, 9), (180, 9)],
        [.change, .glitch, .change, .repeated]
      ),
      ("the first price has nothing to be far from", [(0, 5)], [.change]),
    ] as [(String, [(Int64, Int64)], [ObservationRole])])
  func table(name: String, observations: [(Int64, Int64)], roles: [ObservationRole]) {
    // A price of 0 in the table means that none was shown.
    let outcome = Outcome(observations.map { seen(start + $0.0 * 1000, $0.1 == 0 ? nil : $0.1) })
    #expect(outcome.roles == roles, "\(name)")
  }

  @Test("A confirmed price holds from its own time, not from the confirmation's")
  func ownTime() {
    let outcome = Outcome([seen(day(0), 1000), seen(day(1), 200), seen(day(2), 200)])
    #expect(outcome.fold.timeline.points.map(\.at) == [day(0), day(1)])
    #expect(outcome.fold.priceSince == day(1))
    #expect(outcome.fold.lastObservedAt == day(2))
  }

  @Test("One bad scrape becomes neither price, statistic, deal nor event")
  func badScrape() {
    var observations = (0..<60).map { seen(day(Double($0)), 10_000) }
    let clean = Outcome(observations)
    observations.insert(seen(day(40.5), 400), at: 41)
    let outcome = Outcome(observations)
    #expect(outcome.roles[41] == .glitch)
    #expect(outcome.changes == clean.changes)
    #expect(outcome.fold.timeline == clean.fold.timeline)
    #expect(outcome.deals.isEmpty)
  }

  @Test("While a price waits the state says so and the old price stands")
  func waiting() {
    let outcome = Outcome([seen(day(0), 1000), seen(day(1), 200)])
    #expect(outcome.fold.hasUnconfirmed)
    #expect(outcome.fold.price == 1000)
    #expect(outcome.changes.count == 1)
  }
}
