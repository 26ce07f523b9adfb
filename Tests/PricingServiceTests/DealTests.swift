import Testing

@testable import PricingService

@Suite("Deals")
struct DealTests {
  @Test(
    "A cut of 10 % opens a deal, one of less does not", arguments: [(9000, true), (9001, false)] as [(Int64, Bool)])
  func threshold(price: Int64, opens: Bool) {
    // Tracked for less than 35 days, so that no all-time low plays a part.
    let outcome = Outcome([seen(day(0), 10_000), seen(day(31), price)])
    #expect(outcome.opened.isEmpty != opens)
  }

  @Test("The reference is the lowest price of the 30 days before, an interval that reaches in included")
  func reference() {
    let reachesIn = Outcome([seen(day(0), 900), seen(day(10.5), 1000), seen(day(40), 700)])
    #expect(reachesIn.opened.first?.reduction.reference == Extreme(price: 900, at: day(10)))
    let endsBefore = Outcome([seen(day(0), 900), seen(day(10), 1000), seen(day(40), 700)])
    #expect(endsBefore.opened.first?.reduction.reference == Extreme(price: 1000, at: day(10)))
    #expect(endsBefore.opened.first?.realDiscount == 3000)
    #expect(endsBefore.opened.first?.reduction.earlierLowest == Extreme(price: 900, at: day(0)))
  }

  @Test("The lowest of 10 days is reported beside that of 30")
  func tenDays() {
    let outcome = Outcome([seen(day(0), 1000), seen(day(20), 800), seen(day(22), 1200), seen(day(40), 700)])
    #expect(outcome.opened.last?.reduction.reference.price == 800)
    #expect(outcome.opened.last?.reduction.lowest10Days == 1200)
  }

  @Test("Raised and then cut is no deal against the lowest price before")
  func staged() {
    let outcome = Outcome([seen(day(0), 1000), seen(day(35), 1500), seen(day(40), 1000)])
    #expect(outcome.opened.isEmpty)
  }

  @Test("With a window of 10 days, raised and then cut is an inflated deal")
  func stagedInTurkey() {
    let rules = DealRules(windowDays: 10)
    let outcome = Outcome([seen(day(0), 1000), seen(day(35), 1500), seen(day(50), 990)], rules: rules)
    #expect(outcome.opened.count == 1)
    #expect(outcome.opened.first?.verdict == .inflated)
    #expect(outcome.opened.first?.reason == .raisedBefore)
    #expect(outcome.opened.first?.reduction.priceBeforeRaise == 1000)
    // 3 % and more below what it was before the raise is a true reduction.
    let honest = Outcome([seen(day(0), 1000), seen(day(35), 1500), seen(day(50), 970)], rules: rules)
    #expect(honest.opened.first?.verdict == .genuine)
  }

  @Test("A raise in small steps is a raise")
  func smallSteps() {
    let observations = [
      seen(day(0), 1000), seen(day(32), 1030), seen(day(33), 1060), seen(day(34), 1100), seen(day(50), 990),
    ]
    let outcome = Outcome(observations, rules: DealRules(windowDays: 10))
    #expect(outcome.opened.first?.reduction.priceBeforeRaise == 1000)
    #expect(outcome.opened.first?.verdict == .inflated)
  }

  @Test("Successive cuts are one deal, judged anew against the reference before the first")
  func successiveCuts() {
    let outcome = Outcome([seen(day(0), 1000), seen(day(35), 950), seen(day(36), 900), seen(day(38), 800)])
    // 5 % opened it as an all-time low.
    #expect(outcome.opened.map(\.price) == [950, 900, 800])
    #expect(Set(outcome.opened.map(\.openedAt)) == [day(35)])
    #expect(outcome.opened.last?.updatedAt == day(38))
    #expect(outcome.opened.last?.reduction.startedAt == day(35))
    #expect(outcome.opened.last?.realDiscount == 2000)
    #expect(outcome.opened.last?.previousPrice == 900)
    #expect(outcome.closed.isEmpty)
  }

  @Test("Small cuts that add up open the deal at the one that reaches 10 %")
  func addingUp() {
    let outcome = Outcome([seen(day(0), 1000), seen(day(5), 950), seen(day(6), 901), seen(day(7), 899)])
    #expect(outcome.opened.map(\.openedAt) == [day(7)])
    #expect(outcome.opened.first?.reduction.startedAt == day(5))
  }

  @Test("A rise closes the deal, and the next cut begins another")
  func rise() {
    let outcome = Outcome([
      seen(day(0), 1000), seen(day(40), 800), seen(day(42), 810), seen(day(80), 700),
    ])
    #expect(outcome.closed.map(\.closure) == [DealClosure(at: day(42), reason: .priceRose)])
    #expect(outcome.opened.map(\.reduction.startedAt) == [day(40), day(80)])
    #expect(outcome.opened.last?.reduction.reference.price == 810)
  }

  @Test(
    "All-time low needs 35 days and 3 %",
    arguments: [
      (34.9, 970, false), (35, 970, true), (35, 971, false), (400, 970, true),
    ] as [(Double, Int64, Bool)])
  func allTimeLow(after days: Double, price: Int64, opens: Bool) {
    let outcome = Outcome([seen(day(0), 1000), seen(day(days), price)])
    #expect(outcome.opened.isEmpty != opens)
    #expect(outcome.opened.first?.flags.contains(.allTimeLow) ?? false == opens)
    #expect(outcome.prices.last?.isAllTimeLow == opens)
  }

  @Test("30 days after its last cut a deal expires, and a later cut of the same reduction opens a new one")
  func expiry() {
    let first = Outcome([seen(day(0), 1000), seen(day(40), 800), seen(day(50), 780)])
    #expect(first.fold.projected(to: day(80) + (-1)).0.deal != nil)
    let (tracker, changes) = first.fold.projected(to: day(80))
    #expect(tracker.deal == nil && tracker.reduction != nil)
    guard case .closed(let closed)? = changes.first else {
      Issue.record("not closed: \(changes)")
      return
    }
    #expect(closed.closure == DealClosure(at: day(80), reason: .expired))
    let later = Outcome([seen(day(0), 1000), seen(day(40), 800), seen(day(50), 780), seen(day(90), 770)])
    #expect(later.opened.last?.openedAt == day(90))
    #expect(later.opened.last?.reduction.startedAt == day(40))
    #expect(later.opened.last?.realDiscount == 2300)
    #expect(later.closed.map(\.closure?.reason) == [.expired])
  }

  @Test(
    "Out of stock for 7 days the deal waits; for longer it closes at the stock-out's start",
    arguments: [
      (7.0, false), (7.00001, true),
    ])
  func stockOut(days: Double, closes: Bool) {
    let outcome = Outcome([
      seen(day(0), 1000), seen(day(40), 800), seen(day(41), nil), seen(day(41 + days), 800),
    ])
    let expected: [DealClosure?] = closes ? [DealClosure(at: day(41), reason: .outOfStock)] : []
    #expect(outcome.closed.map(\.closure) == expected)
    #expect((outcome.fold.deals.deal != nil) != closes)
    if !closes { #expect(outcome.fold.deals.deal?.flags.contains(.backInStock) == true) }
  }

  @Test("While out of stock the deal is marked, and time alone closes it")
  func outOfStockNow() {
    let outcome = Outcome([seen(day(0), 1000), seen(day(40), 800), seen(day(41), nil)])
    #expect(outcome.fold.deals.deal?.isOutOfStock == true)
    #expect(outcome.fold.deals.deadline == day(48) + 1)
    #expect(outcome.fold.projected(to: day(48)).0.deal != nil)
    #expect(outcome.fold.projected(to: day(48) + 1).0.deal == nil)
  }

  @Test("A price that returns from a short stock-out is compared with the one before it")
  func shortReturn() {
    let outcome = Outcome([seen(day(0), 1000), seen(day(20), nil), seen(day(25), 850)])
    #expect(outcome.opened.first?.reduction.startedAt == day(25))
    #expect(outcome.opened.first?.flags == [.backInStock])
  }

  @Test("A price that returns from a long stock-out begins afresh, unless it is an all-time low")
  func longReturn() {
    #expect(Outcome([seen(day(0), 1000), seen(day(10), nil), seen(day(25), 850)]).opened.isEmpty)
    let low = Outcome([seen(day(0), 1000), seen(day(10), nil), seen(day(60), 850)])
    #expect(low.opened.first?.reduction.reference == Extreme(price: 1000, at: day(0)))
    #expect(low.opened.first?.reduction.lowest10Days == nil)
  }

  @Test("Flapping stock neither closes nor opens a deal")
  func flapping() {
    var observations = [seen(day(0), 1000), seen(day(40), 800)]
    for index in 1...20 { observations.append(seen(day(40 + Double(index) / 4), index % 2 == 0 ? 800 : nil)) }
    let outcome = Outcome(observations)
    #expect(outcome.opened.count == 1)
    #expect(outcome.closed.isEmpty)
    #expect(outcome.prices.count == 2)
    #expect(outcome.stock.count == 20)
  }

  @Test("A deal of a listing that is dropped closes then")
  func removed() {
    let outcome = Outcome([seen(day(0), 1000), seen(day(40), 800)])
    guard case .closed(let deal)? = outcome.fold.projected(to: day(50), removedAt: day(45)).1.first else {
      Issue.record("not closed")
      return
    }
    #expect(deal.closure == DealClosure(at: day(45), reason: .listingRemoved))
  }

  @Test(
    "Verdicts",
    arguments: [
      ("short history", 29.9, 1500, DealVerdict.unknown, DealVerdictReason.shortHistory),
      ("claims 10 points more than is true", 30, 888, .genuine, .belowReference),
      ("claims far more than is true", 30, 1500, .inflated, .claimExceedsTruth),
      ("claims what was charged", 30, 1000, .genuine, .belowReference),
      ("claims nothing", 30, 0, .genuine, .belowReference),
    ] as [(String, Double, Int64, DealVerdict, DealVerdictReason)])
  func verdicts(name: String, history: Double, list: Int64, verdict: DealVerdict, reason: DealVerdictReason) {
    let outcome = Outcome([seen(day(0), 1000), seen(day(history), 800, list: list == 0 ? nil : list)])
    #expect(outcome.opened.first?.verdict == verdict, "\(name)")
    #expect(outcome.opened.first?.reason == reason, "\(name)")
  }

  @Test("A list price that was charged within 90 days is no false claim")
  func chargedListPrice() {
    let charged = Outcome([seen(day(0), 1500), seen(day(50), 1000), seen(day(100), 880, list: 1500)])
    #expect(charged.opened.last?.verdict == .genuine)
    let longAgo = Outcome([
      seen(day(0), 1500), seen(day(9), 1000), seen(day(60), 1010), seen(day(105), 880, list: 1500),
    ])
    #expect(longAgo.opened.last?.verdict == .inflated)
  }

  @Test("The parts of the score add up to it")
  func score() {
    let outcome = Outcome([seen(day(0), 1000), seen(day(40), 800)])
    let score = outcome.opened.first?.score
    #expect(score == DealScore(discount: 20, position: 20, allTimeLow: 15, verdict: 15, volatility: 0))
    #expect(score?.total == 70)
    let inflated = DealScore(discount: 5, position: 0, allTimeLow: 0, verdict: -40, volatility: -15)
    #expect(inflated.total == 0)
  }
}
