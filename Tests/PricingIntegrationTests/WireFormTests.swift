import MeshMessages
import MeshRPC
import Testing

@testable import PricingService

@Suite("Deals in wire form")
struct WireFormTests {
  private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 31
    }
  }

  private static func deal(_ numbers: inout Numbers) -> Deal {
    func moment() -> Moment { Moment(milliseconds: .random(in: -1_000_000...2_000_000_000_000, using: &numbers)) }
    func price() -> Int64 { .random(in: 1...1_000_000, using: &numbers) }
    func maybe() -> Int64? { Bool.random(using: &numbers) ? price() : nil }
    var deal = Deal(
      openedAt: moment(), updatedAt: moment(), price: price(), previousPrice: price(), listPrice: maybe(),
      reduction: Reduction(
        startedAt: moment(), reference: Extreme(price: price(), at: moment()),
        windowDays: .random(in: 0...30, using: &numbers), lowest10Days: maybe(),
        earlierLowest: Extreme(price: price(), at: moment()), priceBeforeRaise: maybe(), highest90Days: maybe(),
        isHistoryShort: .random(using: &numbers)),
      verdict: [.unknown, .genuine, .inflated].randomElement(using: &numbers) ?? .unknown,
      reason: [.shortHistory, .claimExceedsTruth, .raisedBefore, .belowReference].randomElement(using: &numbers)
        ?? .shortHistory,
      score: DealScore(
        discount: .random(in: 0...50, using: &numbers), position: .random(in: 0...20, using: &numbers),
        allTimeLow: [0, 15].randomElement(using: &numbers) ?? 0,
        verdict: [15, 0, -40].randomElement(using: &numbers) ?? 0, volatility: .random(in: -15...0, using: &numbers)),
      flags: DealFlags(rawValue: .random(in: 0...7, using: &numbers)))
    // Equal to the price: a claimed discount of 0, which is written all the same.
    if Int.random(in: 0..<4, using: &numbers) == 0 { deal.listPrice = deal.price }
    deal.id = .random(in: 0...1 << 40, using: &numbers)
    deal.isOutOfStock = .random(using: &numbers)
    if Bool.random(using: &numbers) {
      let reasons: [DealClosure.Reason] = [.priceRose, .outOfStock, .listingRemoved, .expired]
      deal.closure = DealClosure(at: moment(), reason: reasons.randomElement(using: &numbers) ?? .expired)
    }
    return deal
  }

  @Test("A deal is byte for byte the message that it makes", arguments: 1...200 as ClosedRange<UInt64>)
  func deals(seed: UInt64) throws {
    var numbers = Numbers(state: seed)
    let deal = Self.deal(&numbers)
    let text = String(repeating: "ş", count: .random(in: 0...200, using: &numbers))
    let facts = ListingFacts(
      id: .random(in: 0...1 << 40, using: &numbers), productID: 7, shop: "shop", currency: "TRY", title: text,
      category: seed % 2 == 0 ? "" : "a/b", url: "https://shop.example/" + text)
    var fields = WireFieldWriter()
    fields.append(1, deal, of: facts)
    fields.append(1, deal, of: facts)
    var response = PricingV1.ListDealsResponse()
    response.deals = [PricingV1.Deal(deal, of: facts), PricingV1.Deal(deal, of: facts)]
    let expected = try EncodedMessage(response)
    #expect(fields.bytes == expected.bytes)
  }

  @Test("A history is byte for byte its message", arguments: [0, 1, 3, 400])
  func histories(count: Int) throws {
    var numbers = Numbers(state: UInt64(count) + 1)
    let facts = ListingFacts(
      id: 9, productID: 7, shop: "shop", currency: "TRY", title: "", category: "", url: "")
    let days = (0..<count).map { index in
      let price: Int64? = Bool.random(using: &numbers) ? .random(in: 0...1_000_000, using: &numbers) : nil
      let availability = Availability(rawValue: .random(in: 0...3, using: &numbers)) ?? .unknown
      return HistoryDay(
        last: HistoryPoint(
          at: Moment(milliseconds: Int64(index - 1) * 86_400_001), price: price, listPrice: index % 3 == 0 ? nil : 5,
          availability: availability),
        low: index % 2 == 0 ? nil : price)
    }
    var history = PricingV1.ListingHistory()
    history.listingId = 9
    history.shop = "shop"
    history.currency = "TRY"
    history.truncated = count > 1
    history.points = days.map { day in
      var point = PricingV1.HistoryPoint()
      point.at = GoogleProtobuf.Timestamp(day.last.at)
      point.price = day.last.price ?? 0
      point.listPrice = day.last.listPrice ?? 0
      point.availability = CommonV1.Availability(day.last.availability)
      point.low = day.low ?? 0
      return point
    }
    var response = PricingV1.GetPriceHistoryResponse()
    response.listings = [history]
    var fields = WireFieldWriter()
    fields.append(1, days, of: facts, isTruncated: count > 1)
    let expected = try EncodedMessage(response)
    #expect(fields.bytes == expected.bytes)
  }
}
