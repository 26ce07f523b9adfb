import Histogram

/// Times of answers, kept as an HDR histogram: any percentile to three digits, in memory that does not grow.
struct Latencies: Sendable {
  private var histogram = Histogram<UInt64>(
    highestTrackableValue: Self.highest, numberOfSignificantValueDigits: .three)

  /// In microseconds; longer ones count as this.
  private static let highest: UInt64 = 300_000_000

  var count: Int { Int(histogram.totalCount) }

  mutating func record(nanoseconds: Int64) {
    histogram.record(min(max(UInt64(max(nanoseconds, 0)) / 1000, 1), Self.highest))
  }

  mutating func add(_ other: Latencies) { histogram.add(other.histogram) }

  mutating func reset() { histogram.reset() }

  /// In microseconds; nil without a record.
  func percentile(_ percentage: Double) -> Int64? {
    count == 0 ? nil : Int64(min(histogram.valueAtPercentile(percentage), histogram.max))
  }

  /// In microseconds.
  var maximum: Int64? { count == 0 ? nil : Int64(histogram.max) }
  var mean: Double? { count == 0 ? nil : histogram.mean }
}
