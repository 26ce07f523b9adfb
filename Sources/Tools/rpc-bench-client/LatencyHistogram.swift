/// Latencies in buckets that are a 32nd of their power of two wide: an error of at most 3 %, in 2 KiB whatever happens.
struct LatencyHistogram: Sendable {
  private static let stepBits = 5
  private static let buckets = 40 << stepBits

  private var counts = [UInt64](repeating: 0, count: LatencyHistogram.buckets)
  private(set) var count = 0

  mutating func record(_ latency: Duration) {
    let (seconds, attoseconds) = latency.components
    let nanoseconds = UInt64(max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
    counts[Self.bucket(of: nanoseconds)] += 1
    count += 1
  }

  mutating func add(_ other: LatencyHistogram) {
    for index in counts.indices { counts[index] += other.counts[index] }
    count += other.count
  }

  /// The latency, in microseconds, below which the fraction `q` of all lie; 0 when there are none.
  func quantile(_ q: Double) -> Double {
    let rank = UInt64((q * Double(count)).rounded(.up))
    var seen: UInt64 = 0
    for index in counts.indices where counts[index] > 0 {
      seen += counts[index]
      if seen >= max(1, rank) { return Double(Self.upperEnd(of: index)) / 1000 }
    }
    return 0
  }

  private static func bucket(of value: UInt64) -> Int {
    let steps = UInt64(1) << stepBits
    guard value >= steps else { return Int(value) }
    let exponent = 63 - value.leadingZeroBitCount
    let step = Int(value >> UInt64(exponent - stepBits)) - Int(steps)
    return min(buckets - 1, ((exponent - stepBits + 1) << stepBits) + step)
  }

  private static func upperEnd(of bucket: Int) -> UInt64 {
    let steps = 1 << stepBits
    guard bucket >= steps else { return UInt64(bucket) }
    let exponent = (bucket >> stepBits) + stepBits - 1
    return UInt64(steps + (bucket & (steps - 1)) + 1) << UInt64(exponent - stepBits)
  }
}
