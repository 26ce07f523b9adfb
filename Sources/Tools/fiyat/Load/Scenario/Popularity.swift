import Glibc
import MeshRPC

/// Draws indices by weight.
struct Popularity: Sendable, Equatable {
  /// For each index the sum of the weights up to it.
  private let sums: [Double]

  /// - Parameter weights: at least one, none negative, not all zero.
  init(weights: [Double]) {
    var sum = 0.0
    sums = weights.map { weight in
      sum += weight
      return sum
    }
  }

  /// Zipf's law: the k-th of `count` in proportion to 1 / k^exponent. A few are asked for often, as on a real site.
  init(zipf count: Int, exponent: Double) {
    self.init(weights: (1...max(count, 1)).map { pow(Double($0), -exponent) })
  }

  func draw(_ random: inout SplitMix64) -> Int {
    let point = random.unit() * (sums.last ?? 0)
    var low = 0
    var high = sums.count - 1
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > point { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension SplitMix64 {
  /// A number from 0 up to, but not including, 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A stream of numbers of its own for each index: what one draws does not depend on how many others draw.
  init(seed: UInt64, stream index: Int) {
    var mixer = SplitMix64(seed: seed ^ UInt64(truncatingIfNeeded: index) &* 0xA24B_AED4_963E_E407)
    self.init(seed: mixer.next())
  }
}
