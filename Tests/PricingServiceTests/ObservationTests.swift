import Testing

@testable import PricingService

@Suite("Observations")
struct ObservationTests {
  @Test("Without a word about stock, a price means in stock and none means out of stock")
  func defaults() {
    #expect(seen(start, 100).availability == .inStock)
    #expect(seen(start, nil).availability == .outOfStock)
    #expect(seen(start, 100, .outOfStock).availability == .outOfStock)
    #expect(seen(start, nil, .inStock).availability == .unknown)
  }

  @Test("Of two at one moment the better one stands, whichever came first")
  func precedence() {
    let ordered = [
      seen(start, 90), seen(start, 100, list: 120), seen(start, 100, list: 130), seen(start, 100),
      seen(start, 100, seller: "z"), seen(start, 50, .preorder), seen(start, nil, .outOfStock),
      seen(start, nil, .unknown),
    ]
    for (index, winner) in ordered.enumerated() {
      for loser in ordered[(index + 1)...] {
        #expect(winner.prevails(over: loser) && !loser.prevails(over: winner))
      }
      #expect(!winner.prevails(over: winner))
    }
  }

  @Test("A large batch is worked on in parts, each arrival once, with what is about one listing together and in order")
  func parts() {
    let size = ObservationStore.partSize
    #expect(ObservationStore.parts(of: []).isEmpty)
    let small = (0..<size).map { Arrival(target: .id(Int64($0)), observedAt: start) }
    #expect(ObservationStore.parts(of: small) == [Array(0..<size)])
    let large = (0..<3 * size).map { place in
      Arrival(target: place % 7 == 0 ? .key(shop: "s", externalID: "x") : .id(Int64(place % 1000)), observedAt: start)
    }
    let parts = ObservationStore.parts(of: large)
    #expect(parts.count > 1 && parts.allSatisfy { !$0.isEmpty && $0.count <= size })
    #expect(parts.flatMap { $0 }.sorted() == Array(large.indices))
    for target in Set(large.map(\.target)) {
      let found = parts.map { $0.filter { large[$0].target == target } }.filter { !$0.isEmpty }
      #expect(found.count == 1 && found[0] == found[0].sorted())
    }
    let single = (0..<2 * size).map { _ in Arrival(target: .id(1), observedAt: start) }
    #expect(ObservationStore.parts(of: single) == [Array(0..<2 * size)])
  }

  @Test("Arrivals are settled the same way in any order, at once or one by one")
  func settlement() {
    var generator = SeededGenerator(state: 7)
    for _ in 0..<200 {
      var arrivals = (0..<8).map { _ in
        seen(start + Int64.random(in: 0..<3, using: &generator), Int64.random(in: 1..<4, using: &generator))
      }
      var results: [[Observation]] = []
      for _ in 0..<4 {
        arrivals.shuffle(using: &generator)
        results.append(Settlement(arrivals, known: [:]).added)
        var known: [Moment: Observation] = [:]
        for arrival in arrivals {
          for added in Settlement([arrival], known: known).added { known[added.at] = added }
        }
        results.append(known.values.sorted { $0.at < $1.at })
      }
      #expect(Set(results).count == 1)
    }
  }

  @Test("What is known is a duplicate, what loses is a conflict, what wins displaces")
  func outcomes() {
    let known = [start: seen(start, 100)]
    #expect(Settlement([seen(start, 100)], known: known).outcomes == [.duplicate])
    #expect(Settlement([seen(start, 120)], known: known).outcomes == [.conflict])
    let winning = Settlement([seen(start, 90), seen(start, 95), seen(start, 90)], known: known)
    #expect(winning.outcomes == [.recorded, .conflict, .duplicate])
    #expect(winning.displaced == [seen(start, 100)])
  }

  @Test(
    "Amounts are exact and follow the currency's decimals",
    arguments: [
      ("USD", "14.7", 1470), ("USD", "1299", 129_900), ("JPY", "1299", 1299), ("KWD", "1.234", 1234),
      ("KWD", "1.2", 1200), ("JPY", "1299.00", 1299), ("TRY", "0.01", 1), ("CLF", "0.0001", 1),
    ] as [(String, String, Int64)])
  func amounts(code: String, text: String, minorUnits: Int64) {
    #expect(Currency(code)?.minorUnits(text) == minorUnits)
  }

  @Test(
    "What is no exact amount is refused",
    arguments: [
      ("USD", "1.999"), ("JPY", "1.5"), ("USD", ""), ("USD", "."), ("USD", "1."), ("USD", "-1"),
      ("USD", "1,5"), ("USD", "99999999999999999999"),
    ])
  func noAmounts(code: String, text: String) {
    #expect(Currency(code)?.minorUnits(text) == nil)
  }

  @Test("Only codes of ISO 4217 are currencies")
  func codes() {
    #expect(Currency("TRY")?.decimals == 2)
    #expect(Currency("try") == nil)
    #expect(Currency("XXX") == nil)
  }
}
