import Testing

@testable import NotifierService

@Suite("Alert rules")
struct AlertRuleTests {
  let day: Int64 = 24 * 60

  @Test("a target fires at the price itself and below, once while it lasts")
  func target() {
    let steps: [Step] = [
      .price(1, lira(1000, 1)), .price(2, lira(1000)), .price(3, lira(900)), .price(4, lira(950)),
    ]
    #expect(fires(alert(.targetPrice(lira(1000))), steps) == [false, true, false, false])
  }

  @Test("a target fires again when the price was clearly above it in between, a day later")
  func targetAgain() {
    let steps: [Step] = [.price(1, lira(990)), .price(60, lira(1200)), .price(2 * day, lira(990))]
    #expect(fires(alert(.targetPrice(lira(1000))), steps) == [true, false, true])
  }

  @Test("a price that swings around the target within the day is told once, unless it becomes clearly better")
  func targetSwings() {
    let steps: [Step] = [
      .price(1, lira(990)), .price(10, lira(1200)), .price(20, lira(990)), .price(30, lira(1200)),
      .price(40, lira(950)),
    ]
    let outcomes = play(alert(.targetPrice(lira(1000))), steps)
    #expect(outcomes[0] == .fire(.targetReached(target: lira(1000))))
    #expect(outcomes[2] == .hold(.repetition))
    #expect(outcomes[4] == .fire(.targetReached(target: lira(1000))))
  }

  @Test("an exchange rate that moves the price a little above the target does not rearm it, days later either")
  func targetJitter() {
    let steps: [Step] = [
      .price(1, lira(1000)), .price(2 * day, lira(1009)), .price(4 * day, lira(999)), .price(6 * day, lira(1010)),
      .price(8 * day, lira(998)),
    ]
    #expect(fires(alert(.targetPrice(lira(1000))), steps) == [true, false, false, false, false])
  }

  @Test("what cannot be bought reaches no target, and coming back at that price does")
  func targetStock() {
    let steps: [Step] = [
      .price(1, lira(900), .outOfStock), .stock(2, .inStock, from: .outOfStock), .stock(3, .outOfStock),
      .stock(4, .inStock, from: .outOfStock), .stock(3 * day, .outOfStock), .stock(3 * day + 1, .inStock),
    ]
    let outcomes = play(alert(.targetPrice(lira(1000))), steps)
    #expect(outcomes[0] == .nothing)
    #expect(outcomes[1] == .fire(.targetReached(target: lira(1000))))
    #expect(outcomes[3] == .hold(.repetition))
    #expect(outcomes[5] == .fire(.targetReached(target: lira(1000))))
  }

  @Test("another currency says nothing about a target")
  func targetCurrency() {
    #expect(play(alert(.targetPrice(lira(1000))), [.price(1, Money(100, "EUR"))]) == [.nothing])
  }

  @Test("a product's target is about its best listing: a second shop below it is no news")
  func targetOfProduct() {
    let steps: [Step] = [
      .price(1, lira(990), listing: 7), .price(2, lira(980), listing: 8), .price(3, lira(1500), listing: 7),
      .price(3 * day, lira(990), listing: 7), .price(3 * day + 1, lira(1500), listing: 7),
      .price(3 * day + 2, lira(1500), listing: 8), .price(5 * day, lira(970), listing: 8),
    ]
    #expect(
      fires(alert(.targetPrice(lira(1000)), subject: .product(3)), steps) == [
        true, false, false, false, false, false, true,
      ])
  }

  @Test(
    "a drop is counted exactly",
    arguments: [
      (1000, 900_00, true), (1000, 900_01, false), (1, 999_90, true), (1, 999_91, false), (9999, 10, true),
      (9999, 11, false),
    ] as [(Int, Int64, Bool)])
  func dropBoundary(points: Int, price: Int64, isDrop: Bool) {
    let rule = AlertRule.drop(.init(by: .basisPoints(points), base: .priceAtCreation))
    #expect(fires(alert(rule, base: lira(1000)), [.price(1, Money(price, "TRY"))]) == [isDrop])
  }

  @Test("a drop by an amount, and the base that is learned from the first price")
  func dropByAmount() {
    let rule = AlertRule.drop(.init(by: .amount(lira(100)), base: .priceAtCreation))
    let steps: [Step] = [.price(1, lira(1000)), .price(2, lira(901)), .price(3, lira(900))]
    let outcomes = play(alert(rule), steps)
    #expect(outcomes == [.nothing, .nothing, .fire(.dropped(from: lira(1000)))])
  }

  @Test("a drop counted from the last notified price goes on from there")
  func dropSteps() {
    let rule = AlertRule.drop(.init(by: .basisPoints(1000), base: .lastNotified))
    let steps: [Step] = [
      .price(1, lira(900)), .price(2, lira(850)), .price(3, lira(810)), .price(4, lira(1000)), .price(5, lira(810)),
      .price(6, lira(729)),
    ]
    #expect(fires(alert(rule, base: lira(1000)), steps) == [true, false, true, false, false, true])
  }

  @Test("any change is told, up and down, and noise adds up until it is a change")
  func anyChange() {
    let steps: [Step] = [
      .price(1, lira(1000)), .price(2, lira(1004), old: lira(1000)), .price(3, lira(1008), old: lira(1004)),
      .price(4, lira(1004), old: lira(1008)), .price(5, lira(900), old: lira(1004)),
    ]
    let outcomes = play(alert(.anyChange), steps)
    #expect(
      outcomes == [
        .nothing, .nothing, .fire(.changed(from: lira(1000))), .nothing, .fire(.changed(from: lira(1008))),
      ])
  }

  @Test("back in stock is told after half an hour without, not within the day again")
  func backInStock() {
    let steps: [Step] = [
      .stock(1, .outOfStock), .stock(40, .inStock), .stock(50, .outOfStock), .stock(55, .inStock),
      .stock(100, .outOfStock), .stock(200, .inStock), .stock(300, .outOfStock), .stock(3 * day, .inStock),
    ]
    let outcomes = play(alert(.backInStock), steps)
    #expect(outcomes[1] == .fire(.backInStock))
    #expect(outcomes[3] == .hold(.flapping))
    #expect(outcomes[5] == .hold(.repetition))
    #expect(outcomes[7] == .fire(.backInStock))
  }

  @Test("a product is back in stock when no shop had it")
  func backInStockOfProduct() {
    var watched = alert(.backInStock, subject: .product(3))
    watched.state.listings[8] = AlertState.ListingMemory(holds: true)
    let steps: [Step] = [
      .stock(1, .inStock, from: .outOfStock, listing: 7), .stock(2, .outOfStock, listing: 7),
      .stock(3, .outOfStock, listing: 8), .stock(100, .inStock, from: .outOfStock, listing: 7),
    ]
    #expect(fires(watched, steps) == [false, false, false, true])
  }

  @Test("what nobody has seen out of stock is not back")
  func unknownStock() {
    #expect(play(alert(.backInStock), [.stock(1, .inStock, from: .unknown)]) == [.nothing])
  }

  @Test("each new low is told, a clearly lower one on the same day too")
  func lows() {
    let steps: [Step] = [
      .price(1, lira(900), low: lira(1000)), .price(2, lira(899), low: lira(900)), .price(3, lira(880), low: lira(899)),
      .price(4, lira(950), low: lira(880)), .price(3 * day, lira(879), low: lira(880)), .price(3 * day + 1, lira(870)),
    ]
    let outcomes = play(alert(.lowestInDays(90)), steps)
    let told = AlertDecision.Outcome.fire(.lowestInDays(90))
    #expect(outcomes == [told, .hold(.repetition), told, .nothing, told, .nothing])
  }

  @Test("an all-time low is what pricing says is one, in stock")
  func allTimeLow() {
    let steps: [Step] = [
      .price(1, lira(900)), .price(2, lira(800), .outOfStock, isAllTimeLow: true),
      .price(3, lira(700), isAllTimeLow: true),
    ]
    #expect(fires(alert(.allTimeLow), steps) == [false, false, true])
  }

  @Test(
    "a deal counts in its category and below, at the least discount, and genuine if that is asked for",
    arguments: [
      ("elektronik", 1500, Verdict.genuine, true), ("elektronik/kulaklik", 1500, .genuine, true),
      ("", 1500, .genuine, true),
      ("elektro", 1500, .genuine, false), ("elektronik/kulaklik/alt", 1500, .genuine, false),
      ("elektronik", 1499, .genuine, false), ("elektronik", 1500, .inflated, false),
      ("elektronik", 1500, .unknown, false),
    ] as [(String, Int, Verdict, Bool)])
  func dealInCategory(category: String, discount: Int, verdict: Verdict, isTold: Bool) {
    let rule = AlertRule.dealInCategory(.init(category: category, minimumDiscount: 1500, isGenuineOnly: true))
    #expect(fires(alert(rule, subject: .category), [.deal(1, discount: discount, verdict)]) == [isTold])
  }

  @Test("a deal is told once, however often it is judged anew")
  func dealOnce() {
    let rule = AlertRule.dealInCategory(.init(category: "", minimumDiscount: 1000, isGenuineOnly: false))
    let watched = alert(rule, subject: .category)
    let event = Step.deal(1, discount: 2000).event
    #expect(watched.decide(on: event, wasDealTold: true).outcome == .nothing)
    // Two deals within a minute are two.
    #expect(fires(watched, [.deal(1, discount: 2000), .deal(2, discount: 3000)]) == [true, true])
  }
}
