import CoreMetrics
import Testing

@testable import ServiceKit

@Suite("Prometheus")
struct PrometheusTests {
  /// The lines of one metric.
  private func lines(_ registry: PrometheusRegistry, _ prefix: String) -> [String] {
    registry.exposition().split(separator: "\n").map(String.init).filter { $0.contains(prefix) }
  }

  @Test("Counters and gauges are written with type, help and sorted labels")
  func samples() {
    let registry = PrometheusRegistry()
    registry.describe("calls_total", "Calls\nso far.")
    let calls = registry.makeCounter(label: "calls_total", dimensions: [("z", "1"), ("a", "2")])
    calls.increment(by: 3)
    calls.increment(by: -1)
    registry.makeMeter(label: "level", dimensions: []).set(2.5)
    registry.makeRecorder(label: "rate", dimensions: [], aggregate: false).record(Int64(7))
    let text = registry.exposition()
    #expect(
      text.hasPrefix(
        """
        # HELP calls_total Calls\\nso far.
        # TYPE calls_total counter
        calls_total{a="2",z="1"} 3
        # TYPE level gauge
        level 2.5
        # TYPE rate gauge
        rate 7

        """))
    #expect(text.hasSuffix("metrics_refused_total 0\n"))
  }

  @Test("The same name and labels are the same series, in whichever order")
  func identity() {
    let registry = PrometheusRegistry()
    registry.makeCounter(label: "c", dimensions: [("a", "1"), ("b", "2")]).increment(by: 1)
    registry.makeCounter(label: "c", dimensions: [("b", "2"), ("a", "1")]).increment(by: 1)
    #expect(lines(registry, "c{") == [#"c{a="1",b="2"} 2"#])
  }

  @Test("What was answered within the objective of 200 ms can be counted exactly")
  func objective() {
    let registry = PrometheusRegistry()
    let timer = registry.makeTimer(label: "http_request_seconds", dimensions: [])
    for milliseconds in [199, 200, 201] as [Int64] { timer.recordNanoseconds(milliseconds * 1_000_000) }
    #expect(lines(registry, #"le="0.2""#) == [#"http_request_seconds_bucket{le="0.2"} 2"#])
  }

  @Test("Timers are histograms in seconds whose buckets add up")
  func histogram() {
    let registry = PrometheusRegistry()
    let timer = registry.makeTimer(label: "postgres_statement_duration", dimensions: [("pool", "p")])
    for nanoseconds in [50_000, 100_000, 2_000_000, 20_000_000_000] as [Int64] { timer.recordNanoseconds(nanoseconds) }
    let found = lines(registry, "postgres_statement_duration_seconds")
    #expect(found.first == "# TYPE postgres_statement_duration_seconds histogram")
    #expect(found.contains(#"postgres_statement_duration_seconds_bucket{pool="p",le="0.0001"} 2"#))
    #expect(found.contains(#"postgres_statement_duration_seconds_bucket{pool="p",le="0.0025"} 3"#))
    #expect(found.contains(#"postgres_statement_duration_seconds_bucket{pool="p",le="10"} 3"#))
    #expect(found.contains(#"postgres_statement_duration_seconds_bucket{pool="p",le="+Inf"} 4"#))
    #expect(found.contains(#"postgres_statement_duration_seconds_count{pool="p"} 4"#))
    #expect(found.contains { $0.hasPrefix(#"postgres_statement_duration_seconds_sum{pool="p"} 20.00215"#) })
  }

  @Test("Names and label values that Prometheus would choke on are made harmless")
  func hostileNames() {
    let registry = PrometheusRegistry()
    registry.makeCounter(label: "1 bad-name\n", dimensions: [("la:bel\"", "a\"b\\c\nd")]).increment(by: 1)
    #expect(lines(registry, "bad_name").last == #"_1_bad_name_{la_bel_="a\"b\\c\nd"} 1"#)
  }

  @Test("Labels without end are counted together, and the metric says so")
  func cardinality() {
    let registry = PrometheusRegistry(maximumSeries: 3)
    for index in 0..<10 { registry.makeCounter(label: "c", dimensions: [("id", "\(index)")]).increment(by: 1) }
    #expect(lines(registry, "c{") == [#"c{id="0"} 1"#, #"c{id="1"} 1"#, #"c{id="2"} 1"#, #"c{id="other"} 7"#])
    #expect(lines(registry, "metrics_refused_total ").last == "metrics_refused_total 7")
  }

  @Test("Names without end are refused, and so is a second kind of one name")
  func families() {
    let registry = PrometheusRegistry(maximumFamilies: 2)
    for index in 0..<5 { registry.makeCounter(label: "c\(index)", dimensions: []).increment(by: 1) }
    registry.makeMeter(label: "c0", dimensions: []).set(Int64(9))
    #expect(lines(registry, "c0") == ["# TYPE c0 counter", "c0 1"])
    #expect(lines(registry, "c4").isEmpty)
    #expect(lines(registry, "metrics_refused_total ").last == "metrics_refused_total 4")
  }

  @Test("Numbers are written as Prometheus reads them")
  func numbers() {
    #expect(MetricText.number(.infinity) == "+Inf")
    #expect(MetricText.number(-.infinity) == "-Inf")
    #expect(MetricText.number(.nan) == "NaN")
    #expect(MetricText.number(1e14) == "100000000000000")
    #expect(MetricText.number(0.00025) == "0.00025")
  }

  @Test("Many threads lose no count")
  func concurrency() async {
    let registry = PrometheusRegistry()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let counter = registry.makeCounter(label: "c", dimensions: [])
          let timer = registry.makeTimer(label: "t", dimensions: [])
          for _ in 0..<1000 {
            counter.increment(by: 1)
            timer.recordNanoseconds(1_000_000_000)
          }
        }
      }
    }
    #expect(lines(registry, "c ").contains("c 8000"))
    #expect(lines(registry, "t_seconds_sum").last == "t_seconds_sum 8000")
  }

  @Test("The process tells its memory, time and files")
  func process() throws {
    let registry = PrometheusRegistry()
    ProcessMetrics.register(in: registry, service: "catalog", version: "1")
    func value(_ name: String) throws -> Double {
      let line = try #require(lines(registry, name + " ").last { !$0.hasPrefix("#") })
      return try #require(line.split(separator: " ").last.flatMap { Double($0) })
    }
    #expect(try value("process_resident_memory_bytes") > 1_000_000)
    #expect(try value("process_open_fds") >= 3)
    #expect(try value("process_max_fds") > 3)
    #expect(try value("process_threads") >= 1)
    #expect(try value("process_cpu_seconds_total") > 0)
    #expect(try value("process_start_time_seconds") > 1_700_000_000)
    #expect(lines(registry, "build_info{") == [#"build_info{service="catalog",version="1"} 1"#])
  }
}
