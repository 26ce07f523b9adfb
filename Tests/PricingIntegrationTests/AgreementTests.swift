import TestSupport
import Testing

@testable import PricingService

/// Histories with what the service makes of them, written down for `Tests/EndToEnd/reference/compare.py`, which works
/// it out anew from `docs/pricing-rules.md`.
struct Agreement {
  private var lines: [String] = []

  mutating func add(_ observations: [Observation], asOf moments: [Moment], rules: DealRules = DealRules()) {
    lines.append("L \(rules.windowDays)")
    for observation in observations {
      let fields = [
        "\(observation.at.milliseconds)", Self.text(observation.price), Self.text(observation.listPrice),
        Self.name(observation.availability),
      ]
      lines.append("O " + fields.joined(separator: " "))
    }
    for asOf in moments {
      lines.append("Q \(asOf.milliseconds)")
      let known = observations.filter { $0.at <= asOf }
      let (whole, _, _) = ListingFold.replay(observations, rules: rules)
      let statistics = PriceStatistics(of: whole.timeline, firstObservedAt: whole.firstObservedAt, asOf: asOf)
      lines.append("P " + Self.text(statistics.price))
      for window in statistics.windows {
        lines.append(
          "W \(window.days) \(Self.text(window.average)) \(Self.text(window.lowest)) \(Self.text(window.highest)) "
            + "\(window.outOfStockBasisPoints)")
      }
      let (fold, _, changes) = ListingFold.replay(known, rules: rules)
      var deals: [Moment: Deal] = [:]
      for change in changes + fold.projected(to: asOf).1.map({ .deal($0) }) {
        guard case .deal(let change) = change else { continue }
        switch change {
        case .opened(let deal), .closed(let deal), .marked(let deal): deals[deal.openedAt] = deal
        }
      }
      for openedAt in deals.keys.sorted() { if let deal = deals[openedAt] { lines.append("D " + Self.text(deal)) } }
    }
  }

  /// - Throws: `TestProcess.Failure` when Python cannot be run.
  func check() async throws {
    let directory = try TemporaryDirectory(prefix: "agreement")
    let file = try directory.write(lines.joined(separator: "\n") + "\n", to: "histories.txt")
    let (status, output) = try await TestProcess.run(
      "/usr/bin/env", ["python3", "Tests/EndToEnd/reference/compare.py", file])
    #expect(status == 0, "\(output.suffix(3000))")
    #expect(output.contains("agree"))
  }

  private static func text(_ value: Int64?) -> String { value.map { "\($0)" } ?? "-" }
  private static func text(_ extreme: Extreme?) -> String {
    extreme.map { "\($0.price)@\($0.at.milliseconds)" } ?? "-"
  }
  private static func name(_ availability: Availability) -> String {
    switch availability {
    case .inStock: "in_stock"
    case .outOfStock: "out_of_stock"
    case .preorder: "preorder"
    case .unknown: "unknown"
    }
  }

  private static func text(_ deal: Deal) -> String {
    let reduction = deal.reduction
    let verdicts: [DealVerdict: String] = [.unknown: "unknown", .genuine: "genuine", .inflated: "inflated"]
    let reasons: [DealVerdictReason: String] = [
      .shortHistory: "short_history", .claimExceedsTruth: "claim_exceeds_truth", .raisedBefore: "raised_before",
      .belowReference: "below_reference",
    ]
    let closings: [DealClosure.Reason: String] = [
      .priceRose: "price_rose", .outOfStock: "out_of_stock", .listingRemoved: "listing_removed", .expired: "expired",
    ]
    var flags: [String] = []
    if deal.flags.contains(.allTimeLow) { flags.append("all_time_low") }
    if deal.flags.contains(.backInStock) { flags.append("back_in_stock") }
    if deal.flags.contains(.lowest90Days) { flags.append("lowest_90d") }
    let score = deal.score
    let fields = [
      "\(deal.openedAt.milliseconds)", "\(deal.updatedAt.milliseconds)", "\(deal.price)", "\(deal.previousPrice)",
      text(deal.listPrice), "\(reduction.startedAt.milliseconds)", text(reduction.reference),
      text(reduction.lowest10Days), text(reduction.earlierLowest), text(reduction.priceBeforeRaise),
      "\(deal.realDiscount)", text(deal.claimedDiscount), verdicts[deal.verdict] ?? "?", reasons[deal.reason] ?? "?",
      flags.isEmpty ? "-" : flags.joined(separator: ","),
      "\(score.discount)/\(score.position)/\(score.allTimeLow)/\(score.verdict)/\(score.volatility)/\(score.total)",
      text(deal.closure?.at.milliseconds), deal.closure.flatMap { closings[$0.reason] } ?? "-",
    ]
    return fields.joined(separator: " ")
  }
}

@Suite("Agreement with the second implementation")
struct AgreementTests {
  @Test("Random histories give the same statistics and deals", arguments: [1, 2, 3, 4] as [UInt64])
  func random(seed: UInt64) async throws {
    var generator = SeededGenerator(state: seed &* 7919)
    var agreement = Agreement()
    for index in 0..<60 {
      let rules = DealRules(windowDays: index % 3 == 0 ? 10 : 30)
      let observations = randomArrivals(1, count: Int.random(in: 1...90, using: &generator), using: &generator)
        .compactMap { arrival in
          arrival.observedAt.map {
            Observation(
              at: $0, price: arrival.price?.minorUnits, listPrice: arrival.listPrice?.minorUnits,
              availability: arrival.availability)
          }
        }
      let last = observations.last?.at ?? start
      agreement.add(
        observations, asOf: [last, last.daysAfter(5), last.daysAfter(45)], rules: rules)
    }
    try await agreement.check()
  }
}
