import Testing

@testable import NotifierService

@Suite("Alert options")
struct AlertOptionTests {
  let target = AlertRule.targetPrice(lira(1000))

  @Test("once means once")
  func once() {
    let steps: [Step] = [.price(1, lira(900)), .price(2, lira(2000)), .price(9000, lira(500))]
    #expect(fires(alert(target, rearm: .once), steps) == [true, false, false])
  }

  @Test("rearmed after a time, it is told again while it is true, and not for noise")
  func after() {
    let steps: [Step] = [
      .price(1, lira(900)), .price(30, lira(800)), .price(61, lira(799)), .price(62, lira(897)), .price(130, lira(896)),
      .price(131, lira(800)),
    ]
    let outcomes = play(alert(target, rearm: .after(.minutes(60))), steps)
    let told = AlertDecision.Outcome.fire(.targetReached(target: lira(1000)))
    #expect(outcomes == [told, .hold(.rearming), told, .hold(.rearming), told, .hold(.rearming)])
    let noise: [Step] = [.price(1, lira(900)), .price(100, lira(897))]
    #expect(play(alert(target, rearm: .after(.minutes(60))), noise)[1] == .hold(.repetition))
  }

  @Test("a paused alert tells nothing, and what held meanwhile is told when it moves after that")
  func paused() {
    var watched = alert(target, paused: true)
    let first = watched.decide(on: Step.price(1, lira(900)).event)
    #expect(first.outcome == .hold(.paused))
    watched.state = first.state
    watched.isPaused = false
    #expect(fires(watched, [.price(2, lira(890))]) == [true])
  }

  @Test("it ends when it expires, and does not look back before it was made")
  func lifetime() {
    var watched = alert(target)
    watched.expiresAt = noon + .minutes(10)
    #expect(
      fires(watched, [.price(-1, lira(900)), .price(10, lira(900)), .price(9, lira(900))]) == [false, false, true])
  }

  @Test("an archive that is imported is no news")
  func history() {
    let steps: [Step] = [.price(10, lira(900), observed: -5000), .price(11, lira(899))]
    #expect(play(alert(target), steps)[0] == .hold(.history))
    #expect(fires(alert(target), steps) == [false, true])
  }

  @Test("other products and listings are none of its business")
  func others() {
    #expect(fires(alert(target), [.price(1, lira(900), listing: 8)]) == [false])
    #expect(fires(alert(target, subject: .product(4)), [.price(1, lira(900))]) == [false])
  }

  @Test("more listings than can be remembered neither trap nor repeat")
  func manyListings() {
    let steps = (1...100).map { Step.price(Int64($0), lira(900), listing: Int64($0)) }
    #expect(fires(alert(target, subject: .product(3)), steps) == [true] + Array(repeating: false, count: 99))
  }

  @Test("figures at the ends of the range do not trap")
  func extremes() {
    let drop = AlertRule.drop(.init(by: .basisPoints(9999), base: .priceAtCreation))
    for units in [Int64.max, .min, 0, 1] {
      let price = Money(units, "TRY")
      _ = play(alert(drop, base: Money(.max, "TRY")), [.price(1, price), .price(2, price)])
      _ = play(alert(.targetPrice(Money(.max, "TRY"))), [.price(1, price), .price(2, lira(1)), .price(3, price)])
      _ = play(
        alert(.anyChange), [.price(1, price, old: Money(.min, "TRY")), .price(2, price, old: Money(.max, "TRY"))])
    }
  }
}
