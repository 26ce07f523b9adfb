internal import CoreMetrics
internal import Synchronization

/// The values of one name and set of labels, and how they are written.
protocol MetricSeries: AnyObject, Sendable {
  /// Appends the series' lines.
  ///
  /// - Parameters:
  ///   - name: the family's.
  ///   - labels: `a="b",c="d"`, or empty.
  func write(_ name: String, _ labels: String, to text: inout String)
}

/// A count of whole things.
final class CounterSeries: CounterHandler, MetricSeries {
  private let value = Atomic<Int64>(0)

  func increment(by amount: Int64) { value.wrappingAdd(max(0, amount), ordering: .relaxed) }
  func reset() { value.store(0, ordering: .relaxed) }

  var count: Int64 { value.load(ordering: .relaxed) }

  func write(_ name: String, _ labels: String, to text: inout String) {
    MetricText.sample(name, labels, String(count), to: &text)
  }
}

/// A value that goes up and down, or a count of parts; kept as the bits of a `Double`.
final class GaugeSeries: MeterHandler, RecorderHandler, FloatingPointCounterHandler, MetricSeries {
  private let bits = Atomic<UInt64>(0)

  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
  func record(_ value: Int64) { set(value) }
  func record(_ value: Double) { set(value) }
  func increment(by amount: Double) { bits.addDouble(amount) }
  func decrement(by amount: Double) { bits.addDouble(-amount) }
  func reset() { set(0.0) }

  var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

  func write(_ name: String, _ labels: String, to text: inout String) {
    MetricText.sample(name, labels, MetricText.number(value), to: &text)
  }
}

/// A distribution in fixed buckets. Recording costs a search in some twenty bounds and three atomic additions.
final class HistogramSeries: TimerHandler, RecorderHandler, MetricSeries, @unchecked Sendable {
  /// 100 µs to 10 s, for durations in seconds. 0.2 is the objective for requests, which only a bound of its own can
  /// count exactly.
  static let secondsBounds: [Double] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2.5, 5, 10,
  ]
  /// 1 to a million in steps of 1, 2, 5, for sizes and counts.
  static let countBounds: [Double] = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000,
  ]

  private let bounds: [Double]
  /// One for each bound, and one for what lies above all.
  private let buckets: UnsafeMutablePointer<Atomic<UInt64>>
  private let sum = Atomic<UInt64>(0)

  init(bounds: [Double]) {
    self.bounds = bounds
    buckets = .allocate(capacity: bounds.count + 1)
    for index in 0...bounds.count { (buckets + index).initialize(to: Atomic<UInt64>(0)) }
  }

  deinit {
    buckets.deinitialize(count: bounds.count + 1)
    buckets.deallocate()
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    guard !value.isNaN else { return }
    var low = 0
    var high = bounds.count
    while low < high {
      let middle = (low + high) / 2
      if value <= bounds[middle] { high = middle } else { low = middle + 1 }
    }
    buckets[low].wrappingAdd(1, ordering: .relaxed)
    sum.addDouble(value)
  }

  func write(_ name: String, _ labels: String, to text: inout String) {
    var total: UInt64 = 0
    for index in 0...bounds.count {
      total += buckets[index].load(ordering: .relaxed)
      let bound = index < bounds.count ? MetricText.number(bounds[index]) : "+Inf"
      let separator = labels.isEmpty ? "" : ","
      MetricText.sample(name + "_bucket", labels + separator + "le=\"\(bound)\"", String(total), to: &text)
    }
    let sum = Double(bitPattern: sum.load(ordering: .relaxed))
    MetricText.sample(name + "_sum", labels, MetricText.number(sum), to: &text)
    // The count that the buckets add up to, so that one scrape never contradicts itself.
    MetricText.sample(name + "_count", labels, String(total), to: &text)
  }
}

extension Atomic where Value == UInt64 {
  /// Adds to a `Double` whose bits this holds.
  fileprivate func addDouble(_ amount: Double) {
    var old = load(ordering: .relaxed)
    while true {
      let new = (Double(bitPattern: old) + amount).bitPattern
      let (exchanged, original) = compareExchange(expected: old, desired: new, ordering: .relaxed)
      if exchanged { return }
      old = original
    }
  }
}
