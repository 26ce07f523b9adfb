import PostgresClient
import TestSupport
import Testing

@testable import PricingService

/// Rows of `../shared/data/pcparts/prices.csv.gz`: no field is quoted.
private struct PriceRows {
  /// Products by number, in the order of their first row.
  var products: [String] = []
  var arrivals: [Arrival] = []

  static func load() async throws -> PriceRows {
    let (status, text) = try await TestProcess.run("/bin/zcat", ["../shared/data/pcparts/prices.csv.gz"])
    guard status == 0 else { throw TestSupportError("zcat failed") }
    var rows = PriceRows()
    var numbers: [Substring: Int64] = [:]
    let currency = try #require(Currency("USD"))
    for line in text.split(whereSeparator: \.isNewline).dropFirst() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      let id = numbers[fields[0]] ?? Int64(numbers.count + 1)
      if numbers.updateValue(id, forKey: fields[0]) == nil { rows.products.append(String(fields[0])) }
      let read: Int64? = currency.minorUnits(fields[2])
      #expect(fields[2].isEmpty || read != nil)
      let price = fields[2].isEmpty ? nil : read
      let availability: Availability? = fields[4] == "in_stock" ? .inStock : fields[4].isEmpty ? nil : .outOfStock
      rows.arrivals.append(arrival(id, try #require(moment(fields[1])), price, availability))
    }
    return rows
  }

  /// `2023-07-06T01:37:07Z`
  private static func moment(_ text: Substring) -> Moment? {
    let numbers = text.split { !$0.isNumber }.compactMap { Int64($0) }
    guard numbers.count == 6 else { return nil }
    var day = Moment(milliseconds: 1_685_577_600_000)  // 2023-06-01
    let month = CalendarMonth(year: Int(numbers[0]), month: Int(numbers[1]))
    while CalendarMonth(day) != month { day = day.daysAfter(1) }
    return day + ((numbers[2] - 1) * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5]) * 1000
  }
}

@Suite("Real data")
struct RealDataTests {
  @Test("The price history of 23,447 computer parts is kept whole and served as it was")
  func pcparts() async throws {
    let rows = try await PriceRows.load()
    #expect(rows.arrivals.count == 220_152)
    try await Fixture.with { fixture in
      try await fixture.add(1...Int64(rows.products.count))
      let now = Moment(milliseconds: 1_760_000_000_000)
      var (recorded, zero, other) = (0, 0, 0)
      let clock = ContinuousClock()
      let elapsed = try await clock.measure {
        for start in stride(from: 0, to: rows.arrivals.count, by: 10_000) {
          let batch = Array(rows.arrivals[start..<min(start + 10_000, rows.arrivals.count)])
          let result = try await fixture.store.record(batch, source: "import", now: now)
          recorded += result.recorded
          for rejected in result.rejections {
            if rejected.reason.reason == .priceNotPositive { zero += 1 } else { other += 1 }
          }
        }
      }
      print("recorded \(recorded) observations in \(elapsed)")
      let zeros = rows.arrivals.count { $0.price?.minorUnits == 0 }
      #expect(zero == zeros && zeros > 0)
      #expect(recorded == rows.arrivals.count - zeros && other == 0)

      var expected: [Int64: [Observation]] = [:]
      for row in rows.arrivals where row.price?.minorUnits != 0 {
        guard case .id(let id) = row.target, let at = row.observedAt else { continue }
        expected[id, default: []].append(
          Observation(at: at, price: row.price?.minorUnits, availability: row.availability))
      }
      // All that is kept: every row, and which of them are changes.
      var folds: [Int64: ListingFold] = [:]
      for (id, observations) in expected {
        folds[id] = ListingFold.replay(observations.sorted { $0.at < $1.at }, rules: DealRules()).fold
      }
      let changes = try await HistoryReader.changes(of: Array(expected.keys), until: nil) {
        try await fixture.pool.read($0, $1)
      }
      #expect(folds.allSatisfy { changes[$0.key] ?? [] == $0.value.timeline.points })
      // As it is served: what the source says, less the prices that nothing confirmed.
      let reader = ListingReader(pool: fixture.pool)
      var differing = 0
      let asked = (Int64(1)...Int64(rows.products.count)).filter { $0 % 10 == 0 }
      for snapshot in try await reader.snapshots(listings: asked, products: []) {
        let (points, _) = try await reader.changes(of: snapshot, from: nil, to: now, limit: 100_000)
        let source = Set((expected[snapshot.facts.id] ?? []).map { HistoryPoint($0) })
        if points != folds[snapshot.facts.id]?.timeline.points || !source.isSuperset(of: points) { differing += 1 }
      }
      #expect(differing == 0)
      try await agree(fixture, expected, now)
    }
  }

  /// A sample of the parts, judged by the second implementation as well.
  private func agree(_ fixture: Fixture, _ expected: [Int64: [Observation]], _ now: Moment) async throws {
    var agreement = Agreement()
    for id in expected.keys.sorted() where id % 20 == 0 {
      let observations = (expected[id] ?? []).sorted { $0.at < $1.at }
      agreement.add(observations, asOf: [now, Moment(milliseconds: 1_720_000_000_000)])
    }
    try await agreement.check()
    let deals = try await fixture.pool.read("SELECT count(*) FROM deal").scalar(Int.self) ?? 0
    #expect(deals > 1000)
  }
}
