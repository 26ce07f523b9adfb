import MeshMessages
import ProtobufBridge
import Testing

@testable import EdgeGateway

@Suite("Price charts")
struct ChartTests {
  private static let day: Int64 = 86_400
  private static let begin: Int64 = 1_760_000_000

  private typealias Change = (day: Int64, price: Int64, list: Int64, isIn: Bool)

  private static func history(
    _ points: [Change], currency: String = "TRY"
  ) -> PricingV1.ListingHistory {
    .with { history in
      history.currency = currency
      history.points = points.map { point in
        .with {
          $0.at = .with { $0.seconds = begin + point.day * day }
          ($0.price, $0.listPrice) = (point.price, point.list)
          $0.availability = point.isIn ? .inStock : .outOfStock
        }
      }
    }
  }

  private static func series(_ histories: [PricingV1.ListingHistory], days: Int64 = 30) -> PriceSeries {
    PriceSeries(histories, currency: "TRY", from: begin, to: begin + days * day)
  }

  @Test("Of several shops the best price in stock counts, with its own list price")
  func best() {
    let series = Self.series([
      Self.history([(0, 1000, 1500, true), (10, 800, 1500, true), (20, 800, 0, false)]),
      Self.history([(5, 900, 0, true), (25, 700, 650, false)]),
      Self.history([(0, 1, 0, true)], currency: "USD"),
    ])
    let at = series.points.map { ($0.at - Self.begin) / Self.day }
    #expect(at == [0, 5, 10, 20, 25])
    #expect(series.points.map(\.price) == [1000, 900, 800, 900, nil])
    #expect(series.points.map(\.listPrice) == [1500, nil, 1500, nil, nil])
    #expect(series.lowest?.price == 800 && series.highest?.price == 1000 && series.current == nil)
    #expect(series.stockOuts == [Self.begin + 25 * Self.day..<Self.begin + 30 * Self.day])
  }

  @Test("Days show the lowest price at which they were in stock")
  func dailies() {
    var history = Self.history([(0, 1000, 0, true), (1, 900, 0, false), (2, 900, 0, false)])
    history.points[1].low = 850
    #expect(Self.series([history]).points.map(\.price) == [1000, 850, nil])
  }

  @Test("What was before the window counts from its start, what comes later not at all")
  func bounds() {
    let series = Self.series([
      Self.history([(-50, 900, 0, true), (-9, 950, 0, true), (3, 940, 0, true), (40, 1, 0, true)])
    ])
    #expect(series.points.map(\.price) == [950, 940] && series.start == Self.begin)
    #expect(PriceSeries([], currency: "TRY", from: nil, to: 5).points.isEmpty)
  }

  @Test("Of very many changes the lowest and the last ones stay")
  func thinned() {
    let points = (0..<20_000).map { (day: Int64) -> Change in
      let price: Int64 = day == 7777 ? 10 : 1000 + day % 7
      return (day, price, 0, day % 1000 != 999)
    }
    let series = Self.series([Self.history(points)], days: 20_000)
    #expect(series.points.count <= PriceSeries.maximumPoints + 2 && series.points.count > 100)
    #expect(series.lowest?.price == 10)
    #expect(series.points.map(\.at) == series.points.map(\.at).sorted())
    #expect(series.points.last?.at == Self.begin + 19_999 * Self.day)
  }

  @Test("A step line holds each price until the next, with a gap while out of stock")
  func path() throws {
    let series = Self.series([
      Self.history([(0, 1000, 0, true), (10, 2000, 0, true), (20, 0, 0, false), (25, 1000, 0, true)])
    ])
    let plan = try #require(ChartPlan(series, size: .wide, language: .turkish))
    let path = String(decoding: plan.path(\.price).bytes, as: UTF8.self)
    #expect(path.components("M") == 2 && path.components("V") == 1 && path.components("H") == 3)
    #expect(path.hasPrefix("M6 ") && path.hasSuffix("H\(plan.right / 10)"))
    #expect(plan.y(1000) > plan.y(2000) && plan.x(series.start) == plan.left && plan.x(series.end) == plan.right)
  }

  @Test(
    "Every price has its place within the plot, whatever it is",
    arguments: [
      (1, 1), (100, 101), (99, 100_000_000), (129_900, 129_900), (Int64.max - 1, .max), (1, .max),
      (Int64.max / 2, .max),
    ] as [(Int64, Int64)])
  func places(low: Int64, high: Int64) throws {
    for size in [ChartPlan.Size.wide, .narrow] {
      let series = Self.series([Self.history([(0, low, 0, true), (9, high, 0, true)])])
      let plan = try #require(
        ChartPlan(series, size: size, reference: (low, Self.begin + 5 * Self.day), language: .turkish))
      for price in [low, high] { #expect((plan.top...plan.bottom).contains(plan.y(price))) }
      #expect(plan.priceTicks.count <= 9 && plan.dateTicks.count <= size.dates + 2)
      for tick in plan.priceTicks { #expect((plan.top...plan.bottom).contains(tick.place), "\(tick)") }
      for tick in plan.dateTicks { #expect((plan.left...plan.right).contains(tick.place), "\(tick)") }
      let drawing = String(
        decoding: ChartSVG(plan: plan, look: .dark, language: .turkish, title: "x").drawing().bytes, as: UTF8.self)
      #expect(drawing.hasSuffix("</svg>") && !drawing.contains("class="))
    }
  }

  @Test(
    "Dates are days for weeks, months for a year, years for a decade",
    arguments: [
      (7, "11 Eki"), (30, "16 Eki"), (90, "Kas"), (365, "2026"), (3650, "2027"),
    ] as [(Int64, String)])
  func dates(days: Int64, label: String) throws {
    let series = Self.series([Self.history([(0, 100, 0, true)])], days: days)
    let plan = try #require(ChartPlan(series, size: .wide, language: .turkish))
    #expect(plan.dateTicks.contains { $0.label == label }, "\(plan.dateTicks.map(\.label))")
    #expect((2...8).contains(plan.dateTicks.count), "\(plan.dateTicks.map(\.label))")
    let gaps = zip(plan.dateTicks, plan.dateTicks.dropFirst()).map { $1.place - $0.place }
    #expect(gaps.allSatisfy { $0 > 500 }, "\(gaps)")
  }

  @Test(
    "Lines of prices are round numbers", arguments: [(100, 900, 200), (129_900, 149_900, 5000), (7, 8, 1), (0, 0, 1)])
  func steps(low: Int64, high: Int64, step: Int64) { #expect(ChartPlan.step(from: low, to: high) == step) }

  @Test("List price, reference and stock-outs are drawn where they are, and a wild list price is not")
  func marks() throws {
    func drawing(list: Int64) throws -> String {
      let series = Self.series([Self.history([(0, 1000, list, true), (10, 900, list, true), (20, 0, 0, false)])])
      let plan = try #require(
        ChartPlan(series, size: .wide, reference: (1000, Self.begin + 10 * Self.day), language: .english))
      let svg = ChartSVG(plan: plan, look: .page, language: .english, title: "\"<x>\"").drawing("wide")
      return String(decoding: svg.bytes, as: UTF8.self)
    }
    let svg = try drawing(list: 1400)
    for part in ["c-list", "c-reference", "c-out", "c-low", "c-high"] { #expect(svg.contains(part)) }
    #expect(svg.contains("aria-label=\"&quot;&lt;x&gt;&quot;\"") && svg.contains("data-points=\"6,"))
    #expect(try !drawing(list: 90_000).contains("c-list"))
  }
}
