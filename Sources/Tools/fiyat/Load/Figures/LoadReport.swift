import HTTPTransport

/// What a load test has found out.
struct LoadReport: Sendable {
  struct Verdict: Sendable {
    let threshold: Threshold
    let value: Double?
    let holds: Bool
  }

  let target: String
  let scenario: String
  let plan: LoadPlan
  let names: [String]
  let figures: LoadFigures
  /// For how long requests were counted.
  let seconds: Double
  let wasInterrupted: Bool
  let verdicts: [Verdict]

  init(
    target: String, scenario: String, plan: LoadPlan, names: [String], figures: LoadFigures, seconds: Double,
    wasInterrupted: Bool, thresholds: [Threshold]
  ) {
    self.target = target
    self.scenario = scenario
    self.plan = plan
    self.names = names
    self.figures = figures
    self.seconds = seconds
    self.wasInterrupted = wasInterrupted
    let total = figures.total
    verdicts = thresholds.map { threshold in
      let of = threshold.endpoint.map { name in names.firstIndex(of: name).map { figures.endpoints[$0] } } ?? total
      let value = of.flatMap { threshold.value($0, seconds: seconds) }
      return Verdict(threshold: threshold, value: value, holds: threshold.holds(value))
    }
  }

  /// Whether the test shows what it should.
  var holds: Bool { verdicts.allSatisfy(\.holds) }

  /// Good answers a second.
  func rate(_ figures: EndpointFigures) -> Double {
    seconds > 0 ? Double(figures.requests - figures.errors) / seconds : 0
  }

  static let percentiles = [50, 90, 95, 99, 99.9]

  // MARK: For people

  var text: String {
    var lines = [heading, "", table.text]
    let total = figures.total
    if !total.faultsByKind.isEmpty {
      let kinds = total.faultsByKind.map { "\($0.count) \($0.kind.rawValue)" }.joined(separator: ", ")
      lines += ["", "errors: \(kinds)"]
    }
    if figures.connectFailures > 0 || figures.lostConnections > 0 {
      let reason = figures.lastConnectError.map { " (\(Table.printable($0)))" } ?? ""
      lines.append(
        "connections: \(figures.connections) made, \(figures.lostConnections) lost, "
          + "\(figures.connectFailures) could not be made\(reason)")
    }
    if figures.missed > 0 {
      lines.append("missed: \(figures.missed) requests were due and not sent; too many were under way")
    }
    if figures.unfinished > 0 { lines.append("unfinished: \(figures.unfinished) requests were under way at the end") }
    if figures.warmUpErrors > 0 {
      lines.append("warm-up: \(figures.warmUpErrors) of \(figures.warmUpRequests) requests failed; they do not count")
    }
    if !verdicts.isEmpty { lines.append("") }
    for verdict in verdicts {
      let value = verdict.threshold.text(of: verdict.value)
      lines.append("\(verdict.holds ? "pass" : "FAIL")  \(verdict.threshold.text)  (\(value))")
    }
    return lines.joined(separator: "\n")
  }

  private var heading: String {
    let mode =
      switch plan.mode {
      case .users(let count): "\(count) users"
      case .rate(let rate): "\(LoadText.decimal(rate, 0)) requests a second"
      }
    let version = plan.version == .http1 ? "HTTP/1.1" : "HTTP/2"
    return "\(scenario) at \(target): \(mode), \(LoadText.decimal(seconds, 1)) s, \(version) on \(plan.connections) "
      + "connections, seed \(plan.seed)" + (wasInterrupted ? ", interrupted" : "")
  }

  private var table: Table {
    var table = Table(
      [("endpoint", .left), ("requests", .right), ("per s", .right), ("errors", .right), ("hits", .right)]
        + Self.percentiles.map { ("p" + Self.name($0), .right) } + [("max", .right)])
    for (name, figures) in zip(names, figures.endpoints) { table.add(row(name, figures)) }
    table.add(row("all", figures.total))
    return table
  }

  private func row(_ name: String, _ figures: EndpointFigures) -> [String] {
    let times = Self.percentiles.map { LoadText.time(figures.latencies.percentile($0)) }
    return [
      name, String(figures.requests), LoadText.decimal(rate(figures), 1), String(figures.errors),
      LoadText.share(figures.hitRate),
    ] + times + [LoadText.time(figures.latencies.maximum)]
  }

  /// `99.9`, `50`
  static func name(_ percentage: Double) -> String { LoadText.decimal(percentage, percentage == 99.9 ? 1 : 0) }
}
