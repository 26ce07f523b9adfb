import Testing

@testable import PricingService

/// Prices that walk, jump, go out of stock and glitch, at times from seconds to months apart.
func randomObservations(count: Int, using generator: inout SeededGenerator) -> [Observation] {
  var at = start
  var price: Int64 = 1000
  return (0..<count).map { _ in
    at =
      at
      + (Bool.random(using: &generator)
        ? Int64.random(in: 1...200_000, using: &generator)
        : Int64.random(in: 1...20, using: &generator) * Moment.day / 2)
    switch Int.random(in: 0..<12, using: &generator) {
    case 0: price = max(10, price * Int64.random(in: 60...99, using: &generator) / 100)
    case 1: price = price * Int64.random(in: 101...140, using: &generator) / 100
    case 2: return seen(at, nil)
    case 3: return seen(at, price / 5 + 1)
    case 4: return seen(at, price, .preorder)
    case 5: return seen(at, nil, .unknown)
    case 6: return seen(at, price, .outOfStock, seller: "shop")
    case 7: return seen(at, price * 4)
    case 8: price = max(10, price / 4)
    default: break
    }
    let list = Int.random(in: 0..<3, using: &generator) == 0 ? price * 13 / 10 : nil
    return seen(at, price, list: list)
  }
}

@Suite("The fold")
struct FoldTests {
  @Test("One by one, packed after each, or all at once: the same result", arguments: 1...12 as ClosedRange<UInt64>)
  func incremental(seed: UInt64) throws {
    var generator = SeededGenerator(state: seed)
    let observations = randomObservations(count: 400, using: &generator)
    let whole = Outcome(observations)
    var fold = ListingFold()
    var changes: [ListingChange] = []
    for (index, observation) in observations.enumerated() {
      if fold.needsHistory(for: observation) {
        let complete = Outcome(Array(observations.prefix(index))).fold.timeline
        fold.restore(complete.points, past: complete.past)
      }
      changes += fold.take(observation, rules: DealRules()).changes
      fold.prune()
      fold = try ListingFold(packed: fold.packed())
    }
    #expect(changes == whole.changes)
    #expect(fold.deals == whole.fold.deals)
    #expect(fold.glitchGuard == whole.fold.glitchGuard)
    var pruned = whole.fold
    pruned.prune()
    #expect(fold.timeline.points.suffix(100) == pruned.timeline.points.suffix(100))
  }

  @Test("A late observation folded anew gives what the right order gives", arguments: 20...26 as ClosedRange<UInt64>)
  func anyOrder(seed: UInt64) {
    var generator = SeededGenerator(state: seed)
    let observations = randomObservations(count: 60, using: &generator)
    let expected = Outcome(observations)
    for _ in 0..<5 {
      var kept: [Observation] = []
      for batch in stride(from: 0, to: observations.count, by: 7).map({ observations.dropFirst($0).prefix(7) })
        .shuffled(using: &generator)
      {
        kept = (kept + Settlement(Array(batch), known: [:]).added).sorted { $0.at < $1.at }
      }
      let outcome = Outcome(kept)
      #expect(outcome.fold == expected.fold)
      #expect(outcome.roles == expected.roles)
      #expect(outcome.changes == expected.changes)
    }
  }

  @Test("A volatile listing keeps a bounded number of points")
  func bounded() {
    var fold = ListingFold()
    for index in 0..<5000 {
      _ = fold.take(seen(start + Int64(index) * 300_000, index % 2 == 0 ? 1000 : 1001), rules: DealRules())
      if index % 100 == 0 { fold.prune() }
    }
    fold.prune()
    #expect(fold.timeline.points.count == ListingFold.maximumPoints)
    #expect(fold.packed().count < 3000)
    #expect(fold.needsHistory(for: seen(start + 5000 * 300_000, 900)))
    #expect(!fold.needsHistory(for: seen(start + 5000 * 300_000, 1001)))
  }

  @Test("Damaged bytes are an error, never a trap")
  func damaged() throws {
    var generator = SeededGenerator(state: 99)
    let bytes = Outcome(randomObservations(count: 80, using: &generator)).fold.packed()
    for count in 0..<bytes.count {
      #expect(throws: PackingError.self) { try ListingFold(packed: Array(bytes.prefix(count))) }
    }
    for _ in 0..<3000 {
      var damaged = bytes
      damaged[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      _ = try? ListingFold(packed: damaged)
    }
  }

  @Test("Price changes tell the lowest price before them")
  func priceChange() {
    let outcome = Outcome([seen(day(0), 500), seen(day(10), 1000), seen(day(50), 900), seen(day(60), nil)])
    let change = outcome.prices.last
    #expect(change?.old == 1000 && change?.price == 900)
    #expect(change?.lowest30Days == 1000 && change?.lowest90Days == 500 && change?.lowestEver == 500)
    #expect(outcome.prices.first?.lowestEver == nil && outcome.prices.first?.old == nil)
    #expect(outcome.stock == [StockChange(at: day(60), old: .inStock, availability: .outOfStock, price: 900)])
  }
}
