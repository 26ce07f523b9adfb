import ArgumentParser

/// What a load test must show: `error-rate<0.1%`, `p95<50ms`, `search:p99<=80ms`, `cache-hit-rate>80%`, `rate>1000`.
struct Threshold: Sendable, Equatable, ExpressibleByArgument {
  enum Metric: Sendable, Equatable {
    case percentile(Double)
    case maximum, errorRate, hitRate, rate
  }

  enum Comparison: String, CaseIterable, Sendable {
    case atMost = "<="
    case atLeast = ">="
    case below = "<"
    case above = ">"

    func holds(_ value: Double, _ limit: Double) -> Bool {
      switch self {
      case .atMost: value <= limit
      case .atLeast: value >= limit
      case .below: value < limit
      case .above: value > limit
      }
    }
  }

  let text: String
  /// Nil for all together.
  let endpoint: String?
  let metric: Metric
  let comparison: Comparison
  /// Times in microseconds, shares of 1, requests a second.
  let limit: Double

  init?(argument: String) {
    guard let place = argument.firstIndex(where: { $0 == "<" || $0 == ">" }),
      let comparison = Comparison.allCases.first(where: { argument[place...].hasPrefix($0.rawValue) })
    else { return nil }
    let names = argument[..<place].split(separator: ":", omittingEmptySubsequences: false)
    let limit = argument[place...].dropFirst(comparison.rawValue.count)
    guard (1...2).contains(names.count), let name = names.last,
      let (metric, value) = Self.parse(name, limit)
    else { return nil }
    text = argument
    endpoint = names.count == 2 ? String(names[0]) : nil
    self.metric = metric
    self.comparison = comparison
    self.limit = value
  }

  private static func parse(_ name: Substring, _ limit: Substring) -> (Metric, Double)? {
    func share() -> Double? {
      guard limit.hasSuffix("%"), let value = ShortDecimal.value(limit.dropLast()), value <= 100 else { return nil }
      return value / 100
    }
    func time() -> Double? {
      DurationText(argument: String(limit)).map { Double($0.duration.nanoseconds) / 1000 }
    }
    switch name {
    case "error-rate": return share().map { (.errorRate, $0) }
    case "cache-hit-rate": return share().map { (.hitRate, $0) }
    case "rate": return ShortDecimal.value(limit).map { (.rate, $0) }
    case "max": return time().map { (.maximum, $0) }
    case "p50", "p90", "p95", "p99", "p99.9":
      guard let percentage = ShortDecimal.value(name.dropFirst()) else { return nil }
      return time().map { (.percentile(percentage), $0) }
    default: return nil
    }
  }

  /// The metric's value; nil when there is nothing to tell it by.
  func value(_ figures: EndpointFigures, seconds: Double) -> Double? {
    switch metric {
    case .percentile(let percentage): figures.latencies.percentile(percentage).map(Double.init)
    case .maximum: figures.latencies.maximum.map(Double.init)
    case .errorRate: figures.errorRate
    case .hitRate: figures.hitRate
    case .rate: seconds > 0 ? Double(figures.requests - figures.errors) / seconds : nil
    }
  }

  /// What is not known does not hold.
  func holds(_ value: Double?) -> Bool { value.map { comparison.holds($0, limit) } ?? false }

  /// A value as people read it.
  func text(of value: Double?) -> String {
    guard let value else { return "unknown" }
    switch metric {
    case .percentile, .maximum: return LoadText.time(Int64(value))
    case .errorRate, .hitRate: return LoadText.share(value)
    case .rate: return LoadText.decimal(value, 1) + "/s"
    }
  }
}
