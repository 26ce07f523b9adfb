import MeshMessages
import ProtobufBridge
import Testing

@testable import EdgeGateway

@Suite("What is said of prices")
struct JudgementTests {
  private static func lira(_ units: Int64) -> CommonV1.Money { CommonV1.Money(currency: "TRY", minorUnits: units) }

  private static func deal(_ change: (inout PricingV1.Deal) -> Void) -> PricingV1.Deal {
    var deal = PricingV1.Deal()
    deal.price = lira(110_300)
    deal.realDiscountBasisPoints = 800
    deal.claimedDiscountBasisPoints = 4000
    deal.verdictReason = .belowReference
    deal.evidence = .with {
      $0.windowDays = 30
      $0.referencePrice = lira(119_900)
      $0.listPrice = lira(183_800)
    }
    change(&deal)
    return deal
  }

  private func plain(_ text: String) -> String { String(text.map { $0 == "\u{a0}" ? " " : $0 }) }

  @Test("The verdict's sentence has the reference price, the truth and the claim")
  func reasons() {
    #expect(
      plain(Judgement.reason(Self.deal { _ in }, .turkish))
        == "Son 30 günün en düşük fiyatı 1.199,00 TL idi; gerçek indirim %8, iddia edilen %40.")
    #expect(
      plain(Judgement.reason(Self.deal { $0.claimedDiscountBasisPoints = nil }, .english))
        == "The lowest price of the 30 days before was TRY 1,199.00; the real discount is 8%.")
    #expect(
      plain(Judgement.reason(Self.deal { $0.verdictReason = .claimExceedsTruth }, .turkish))
        .hasPrefix("Mağazanın liste fiyatı 1.838,00 TL son 90 günde hiç istenmedi."))
    let raised = Self.deal {
      $0.verdictReason = .raisedBefore
      $0.evidence?.priceBeforeRaise = Self.lira(112_000)
    }
    #expect(plain(Judgement.reason(raised, .english)).contains("raised from TRY 1,120.00"))
    #expect(plain(Judgement.reason(raised, .english)).hasSuffix("only 1.5%."))
    #expect(Judgement.reason(Self.deal { $0.verdictReason = .shortHistory }, .english) == Language.english(.whyShort))
    #expect(Judgement.reason(PricingV1.Deal(), .turkish) == Language.turkish(.whyShort))
  }

  private static func statistics(
    price: Int64?, _ windows: [(days: UInt32, low: Int64, average: Int64, high: Int64)]
  ) -> PricingV1.PriceStatistics {
    .with { statistics in
      statistics.currency = "TRY"
      statistics.price = price.map { lira($0) }
      statistics.windows = windows.map { window in
        .with {
          $0.days = window.days
          ($0.lowest, $0.average, $0.highest) = (lira(window.low), lira(window.average), lira(window.high))
        }
      }
    }
  }

  @Test("Without a deal the price is compared with what it was")
  func standing() {
    let windows: [(days: UInt32, low: Int64, average: Int64, high: Int64)] = [
      (30, 900_00, 950_00, 1000_00), (90, 800_00, 1000_00, 1200_00), (0, 1, 2, 3),
    ]
    func said(_ price: Int64?) -> String { Judgement.standing(Self.statistics(price: price, windows), .english) }
    #expect(plain(said(900_00)).contains("10% below the average of 90 days (TRY 1,000.00)"))
    #expect(plain(said(1100_00)).contains("10% above the average of 90 days"))
    #expect(said(800_00).contains("at its lowest of 90 days"))
    #expect(said(nil) == Language.english(.standingNone))
    #expect(Judgement.standing(nil, .english) == Language.english(.standingNone))
    let same = Self.statistics(price: 500, [(30, 500, 500, 500)])
    #expect(Judgement.standing(same, .english).contains("same for 30 days"))
  }

  @Test("The suggested target is the lowest of 90 days, or a little less than the price")
  func target() {
    func target(_ price: Int64?, low: Int64) -> Int64? {
      Judgement.suggestedTarget(Self.statistics(price: price, [(90, low, low, low)]))?.minorUnits
    }
    #expect(target(1000_00, low: 800_50) == 800_00)
    #expect(target(1000_00, low: 1000_00) == 950_00 && target(1000_00, low: 990_00) == 950_00)
    #expect(target(1050, low: 1050) == 998 && target(1, low: 1) == nil && target(nil, low: 5) == nil)
  }

  @Test("Of a product's open deals the one on the best listing counts")
  func openDeal() {
    func deal(_ id: Int64, listing: Int64, score: UInt32, closed: Bool = false, out: Bool = false) -> PricingV1.Deal {
      .with {
        ($0.id, $0.listingId, $0.outOfStock, $0.price) = (id, listing, out, Self.lira(1))
        $0.score = .with { $0.total = score }
        if closed { $0.closedAt = .with { $0.seconds = 1 } }
      }
    }
    var facts = ProductFacts(product: .init(), prices: [], histories: [], statistics: nil, deals: [])
    #expect(ProductModel.openDeal(facts, "TRY", best: 1) == nil)
    facts.deals = [
      deal(1, listing: 1, score: 99, closed: true), deal(2, listing: 1, score: 99, out: true),
      deal(3, listing: 2, score: 10),
      deal(4, listing: 3, score: 20),
    ]
    #expect(ProductModel.openDeal(facts, "TRY", best: 2)?.id == 3)
    #expect(
      ProductModel.openDeal(facts, "TRY", best: 1)?.id == 4 && ProductModel.openDeal(facts, "USD", best: 2) == nil)
  }
}
