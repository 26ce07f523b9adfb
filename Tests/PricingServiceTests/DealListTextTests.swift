import Testing

@testable import PricingService

@Suite("Texts of lists of deals")
struct DealListTextTests {
  private static func text(_ build: (inout DealQuery) -> Void, isFirst: Bool = true) -> DealListText {
    var query = DealQuery()
    build(&query)
    return DealListText(.init(query, isFirst: isFirst, limit: 21))
  }

  @Test("Round discounts and verdicts are said, all else that is asked for is bound")
  func boundValues() {
    let round = Self.text {
      $0.minimumDiscount = 2000; $0.verdict = .genuine
    }
    #expect(round.sql.contains("d.real_discount >= 2000 AND d.verdict = 2") && round.values.isEmpty)
    let odd = Self.text { $0.minimumDiscount = 2001 }
    #expect(!odd.sql.contains("2001") && odd.sql.contains("d.real_discount >= $1") && odd.values.count == 1)
    let hostile = "x'; DROP TABLE deal; --"
    let all = Self.text(
      {
        $0.category = hostile
        $0.shop = hostile
        $0.productID = 4711
        $0.listingID = 4711
      }, isFirst: false)
    #expect(!all.sql.contains("DROP") && !all.sql.contains("4711"))
    #expect(all.values.count == 8)
  }

  @Test("Two queries have one text where they differ in values only, and two where they do not")
  func shapes() {
    func shape(_ build: (inout DealQuery) -> Void, isFirst: Bool = true, limit: Int = 21) -> DealListText.Shape {
      var query = DealQuery()
      build(&query)
      return .init(query, isFirst: isFirst, limit: limit)
    }
    #expect(shape { $0.category = "a" } == shape { $0.category = "b" })
    #expect(shape { $0.minimumDiscount = 1001 } == shape { $0.minimumDiscount = 1002 })
    let all = [
      shape { _ in }, shape({ _ in }, isFirst: false), shape({ _ in }, limit: 22), shape { $0.category = "a" },
      shape { $0.shop = "a" }, shape { $0.minimumDiscount = 1001 }, shape { $0.minimumDiscount = 1000 },
      shape { $0.minimumDiscount = 1500 }, shape { $0.verdict = .genuine }, shape { $0.verdict = .unknown },
      shape { $0.productID = 1 }, shape { $0.listingID = 1 }, shape { $0.order = .newest },
    ]
    #expect(Set(all).count == all.count)
    #expect(Set(all.map { DealListText($0).sql }).count == all.count)
  }

  @Test("Who asks for all shapes does not have all texts kept")
  func boundedTexts() {
    let texts = DealListTexts()
    for limit in 1...3 * DealListTexts.maximum {
      let text = texts.text(of: .init(DealQuery(), isFirst: true, limit: limit))
      #expect(text.sql.contains("LIMIT \(limit)"))
      #expect(texts.count <= DealListTexts.maximum)
    }
  }
}
