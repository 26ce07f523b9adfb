import HTTPTransport
import Testing

@testable import FiyatCommands

@Suite("Figures of load tests") struct FiguresTests {
  private func outcome(
    _ milliseconds: Int64, _ status: Int? = 200, _ fault: LoadFault? = nil,
    _ cache: EndpointFigures.CacheSight = .untold
  ) -> LoadOutcome {
    LoadOutcome(nanoseconds: milliseconds * 1_000_000, status: status, fault: fault, bytes: 10, cache: cache)
  }

  @Test("Percentiles are those of a known distribution, to three digits")
  func percentiles() {
    var latencies = Latencies()
    #expect(latencies.percentile(50) == nil && latencies.maximum == nil)
    for milliseconds in 1...1000 { latencies.record(nanoseconds: Int64(milliseconds) * 1_000_000) }
    for (percentage, expected) in [(50.0, 500_000.0), (95, 950_000), (99, 990_000), (99.9, 999_000)] {
      let value = Double(latencies.percentile(percentage) ?? 0)
      #expect(abs(value - expected) / expected < 0.001, "p\(percentage): \(value)")
    }
    #expect(latencies.count == 1000 && latencies.maximum.map { abs($0 - 1_000_000) < 1000 } == true)
    // Neither longer than anything nor before its time.
    latencies.record(nanoseconds: .max)
    latencies.record(nanoseconds: -5)
    #expect(latencies.count == 1002 && latencies.maximum.map { $0 >= 299_000_000 } == true)
  }

  @Test("Shares are of what can be told: errors of requests, hits of answers that say how the cache came by them")
  func shares() {
    var figures = EndpointFigures()
    #expect(figures.errorRate == nil && figures.hitRate == nil)
    figures.record(outcome(1, 200, nil, .hit))
    figures.record(outcome(1, 200, nil, .hit))
    figures.record(outcome(1, 200, nil, .miss))
    figures.record(outcome(1, 304))
    figures.record(outcome(1, 503, .broken))
    figures.record(outcome(9000, nil, .timeout))
    figures.record(outcome(1, nil, .connect))
    figures.record(outcome(1, nil, .lost))
    #expect(figures.requests == 8 && figures.errors == 4 && figures.errorRate == 0.5 && figures.bytes == 80)
    #expect(figures.hitRate.map { abs($0 - 2 / 3.0) < 1e-9 } == true)
    // An answer that never came in time took at least that long; one that was never asked for took no time.
    #expect(figures.latencies.count == 6 && figures.latencies.maximum.map { $0 >= 8_990_000 } == true)
    var sum = figures
    sum.add(figures)
    #expect(sum.requests == 16 && sum.errors == 8 && sum.latencies.count == 12)
    #expect(
      sum.faultsByKind.map { "\($0.kind.rawValue) \($0.count)" } == [
        "5xx 2", "connect 2", "connection lost 2", "timeout 2",
      ])
    sum.reset()
    #expect(sum.requests == 0 && sum.faultsByKind.isEmpty && sum.latencies.count == 0)
  }

  @Test(
    "Statuses are errors from 400",
    arguments: [
      (200, nil), (304, nil), (400, .refused), (404, .refused), (429, .limited), (503, .broken), (600, .otherStatus),
      (100, .otherStatus),
    ] as [(Int, LoadFault?)])
  func statuses(status: Int, fault: LoadFault?) { #expect(LoadFault(status: status) == fault) }

  @Test(
    "A hit is told from the rest by Cache-Status",
    arguments: [
      ("fiyatradari; hit", .hit), ("fiyatradari;hit;detail=shared", .hit), ("fiyatradari; fwd=miss", .miss),
      ("fiyatradari; fwd=stale; detail=hit", .miss), ("hit", .miss),
    ] as [(String, EndpointFigures.CacheSight)])
  func sights(value: String, sight: EndpointFigures.CacheSight) {
    #expect(LoadExchange.sight(HeaderBlock([("cache-status", value)])) == sight)
    #expect(LoadExchange.sight(HeaderBlock([("age", "3")])) == .untold)
  }

  @Test(
    "Thresholds hold up to their limit and not beyond",
    arguments: [
      ("error-rate<0.1%", 0.0009, true), ("error-rate<0.1%", 0.001, false), ("error-rate<=0.1%", 0.001, true),
      ("p95<50ms", 49_999, true), ("p95<50ms", 50_000, false), ("p99.9<=1.5s", 1_500_000, true),
      ("cache-hit-rate>80%", 0.81, true), ("cache-hit-rate>80%", 0.8, false), ("rate>=1000", 1000, true),
      ("rate>1000", 999.9, false), ("search:max<1s", 10, true),
    ])
  func thresholds(text: String, value: Double, holds: Bool) throws {
    let threshold = try #require(Threshold(argument: text))
    #expect(threshold.holds(value) == holds && !threshold.holds(nil))
  }

  @Test(
    "What is no threshold is refused",
    arguments: [
      "", "p95", "p95<", "p95<50", "p95<50%", "p94<50ms", "error-rate<0.1", "error-rate<101%", "rate<5%", "p95=50ms",
      "a:b:p95<5ms", "<5ms", "p95<-5ms",
    ])
  func noThresholds(text: String) { #expect(Threshold(argument: text) == nil) }

  @Test("A threshold of one endpoint is judged by that one, and what is not known does not hold")
  func verdicts() throws {
    var figures = LoadFigures(endpoints: 2)
    figures.endpoints[0].record(outcome(10, 200, nil, .hit))
    figures.endpoints[1].record(outcome(100, 500, .broken))
    let texts = [
      "a:p95<20ms", "b:p95<20ms", "p95<20ms", "error-rate<=50%", "a:cache-hit-rate>=100%", "b:cache-hit-rate>0%",
    ]
    let report = LoadReport(
      target: "http://127.0.0.1:1", scenario: "s", plan: LoadPlan(), names: ["a", "b"], figures: figures, seconds: 2,
      wasInterrupted: false, thresholds: texts.compactMap { Threshold(argument: $0) })
    #expect(report.verdicts.map(\.holds) == [true, false, false, true, true, false])
    #expect(!report.holds && report.rate(figures.total) == 0.5)
    let lines = report.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[2].hasPrefix("endpoint  requests  per s  errors     hits      p50"))
    #expect(lines[3].hasPrefix("a                1    0.5       0  100.00%  10.0 ms"))
    #expect(lines[5].hasPrefix("all              2    0.5       1  100.00%  10.0 ms"))
    #expect(lines.contains("errors: 1 5xx") && lines.contains("FAIL  b:cache-hit-rate>0%  (unknown)"))
    #expect(lines.contains("pass  a:p95<20ms  (10.0 ms)"))
  }

  @Test("Requests are due evenly, whoever sends them")
  func schedule() {
    let whole = RateSchedule(rate: 1000, stride: 1, offset: 0)
    #expect((0..<4).map { whole.due($0) } == [0, 1_000_000, 2_000_000, 3_000_000])
    let halves = (0..<2).map { RateSchedule(rate: 1000, stride: 2, offset: $0) }
    #expect((0..<4).map { halves[$0 % 2].due($0 / 2) } == (0..<4).map { whole.due($0) })
    #expect(RateSchedule(rate: 0.5, stride: 1, offset: 0).due(3) == 6_000_000_000)
    var plan = LoadPlan()
    plan.threads = 3
    #expect((0..<3).map { plan.share(100, of: $0) } == [34, 33, 33])
  }

  @Test("Numbers are written with the decimals that matter")
  func texts() {
    #expect(
      LoadText.time(420) == "0.42 ms" && LoadText.time(12_345) == "12.3 ms" && LoadText.time(1_250_400) == "1250 ms")
    #expect(LoadText.time(nil) == "-" && LoadText.share(0.99866) == "99.87%" && LoadText.share(nil) == "-")
    #expect(
      LoadText.decimal(-1.5, 1) == "-1.5" && LoadText.decimal(0.05, 2) == "0.05" && LoadText.decimal(2.999, 2) == "3.00"
    )
  }

  @Test("The line that tells how it goes has rate, p95, errors and hits of the last second")
  func progress() {
    var recent = EndpointFigures()
    for _ in 0..<50 { recent.record(outcome(4, 200, nil, .hit)) }
    recent.record(outcome(4, 500, .broken))
    let progress = LoadProgress(LoadPlan(), isTerminal: false)
    #expect(
      progress.line(recent, interval: 0.5, elapsed: 12)
        == "12 s of 65 s  102/s  p95 4.00 ms  errors 1  cache hits 100.00%")
    #expect(progress.line(EndpointFigures(), interval: 1, elapsed: 3) == "3 s of 65 s  warm-up  0/s  p95 -  errors 0")
  }
}
