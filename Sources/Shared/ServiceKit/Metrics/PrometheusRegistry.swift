package import CoreMetrics
internal import Synchronization

/// All metrics of a process, for swift-metrics and for Prometheus.
///
/// Making a metric takes a lock, using one is a few atomic operations. Timers are histograms in seconds, and get the
/// suffix `_seconds` where their name has no unit. Labels are bounded: beyond `maximumSeries` sets of labels, further
/// ones of the same name are counted together under `other`.
package final class PrometheusRegistry: MetricsFactory {
  private enum Kind: String { case counter, gauge, histogram }

  private struct Family {
    let kind: Kind
    var series: [String: any MetricSeries] = [:]
    /// Labels in the order in which they appeared.
    var order: [String] = []
  }

  private struct State {
    var families: [String: Family] = [:]
    var help: [String: String] = [:]
    var collectors: [@Sendable () -> Void] = []
    var refused: Int64 = 0
  }

  private let state = Mutex(State())
  private let maximumSeries: Int
  private let maximumFamilies: Int

  /// - Parameters:
  ///   - maximumSeries: sets of labels for each name.
  ///   - maximumFamilies: names; metrics beyond are accepted and never shown.
  package init(maximumSeries: Int = 1000, maximumFamilies: Int = 2000) {
    self.maximumSeries = maximumSeries
    self.maximumFamilies = maximumFamilies
  }

  /// The one that swift-metrics is bootstrapped with, at the first use.
  package static let shared: PrometheusRegistry = {
    let registry = PrometheusRegistry()
    MetricsSystem.bootstrap(registry)
    return registry
  }()

  /// Says what a metric means, for its `# HELP` line.
  package func describe(_ name: String, _ help: String) { state.withLock { $0.help[name] = help } }

  /// Has `collect` called before each exposition, to bring gauges up to date. It must be quick.
  package func addCollector(_ collect: @escaping @Sendable () -> Void) {
    state.withLock { $0.collectors.append(collect) }
  }

  // MARK: Factory

  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    series(MetricText.name(label), .counter, dimensions, as: CounterSeries.self) { CounterSeries() }
  }

  package func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    series(MetricText.name(label), .counter, dimensions, as: GaugeSeries.self) { GaugeSeries() }
  }

  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    series(MetricText.name(label), .gauge, dimensions, as: GaugeSeries.self) { GaugeSeries() }
  }

  package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    let name = MetricText.name(label)
    guard aggregate else { return series(name, .gauge, dimensions, as: GaugeSeries.self) { GaugeSeries() } }
    let bounds = name.hasSuffix("_seconds") ? HistogramSeries.secondsBounds : HistogramSeries.countBounds
    return series(name, .histogram, dimensions, as: HistogramSeries.self) { HistogramSeries(bounds: bounds) }
  }

  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    let name = MetricText.name(label)
    return series(
      name.hasSuffix("_seconds") ? name : name + "_seconds", .histogram, dimensions, as: HistogramSeries.self
    ) { HistogramSeries(bounds: HistogramSeries.secondsBounds) }
  }

  // A destroyed counter would be taken for a restart when it comes back, so everything stays; labels are bounded.
  package func destroyCounter(_ handler: any CounterHandler) {}
  package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
  package func destroyMeter(_ handler: any MeterHandler) {}
  package func destroyRecorder(_ handler: any RecorderHandler) {}
  package func destroyTimer(_ handler: any TimerHandler) {}

  private func series<Series: MetricSeries>(
    _ name: String, _ kind: Kind, _ dimensions: [(String, String)], as type: Series.Type, _ make: () -> Series
  ) -> Series {
    let labels = MetricText.labels(dimensions)
    return state.withLock { state in
      var family = state.families[name] ?? Family(kind: kind)
      if let known = family.series[labels] as? Series, family.kind == kind { return known }
      // A name stands for one kind of metric; a second kind, and names without end, are accepted and not shown.
      guard family.kind == kind, family.series[labels] == nil,
        state.families[name] != nil || state.families.count < maximumFamilies
      else {
        state.refused += 1
        return make()
      }
      var key = labels
      if family.series.count >= maximumSeries {
        state.refused += 1
        key = MetricText.labels(dimensions.map { ($0.0, "other") })
        if let known = family.series[key] { return known as? Series ?? make() }
      }
      let series = make()
      family.series[key] = series
      family.order.append(key)
      state.families[name] = family
      return series
    }
  }

  // MARK: Exposition

  /// Everything in Prometheus's text format, by name.
  package func exposition() -> String {
    for collect in state.withLock({ $0.collectors }) { collect() }
    let (families, help, refused) = state.withLock { ($0.families, $0.help, $0.refused) }
    var text = ""
    for (name, family) in families.sorted(by: { $0.key < $1.key }) {
      MetricText.header(name, type: family.kind.rawValue, help: help[name], to: &text)
      for labels in family.order { family.series[labels]?.write(name, labels, to: &text) }
    }
    let name = "metrics_refused_total"
    MetricText.header(
      name, type: "counter", help: "Metrics not shown as asked: too many labels or names, or two kinds of one name.",
      to: &text)
    MetricText.sample(name, "", String(refused), to: &text)
    return text
  }
}
