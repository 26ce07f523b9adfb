import NIOCore

/// An instant `seconds` after an arbitrary start that is not zero.
func instant(_ seconds: Double) -> NIODeadline {
  .uptimeNanoseconds(1_000_000_000_000 + UInt64(seconds * 1_000_000_000))
}

/// A generator that yields the given numbers, again and again.
struct Scripted: RandomNumberGenerator {
  var numbers: [UInt64]
  var index = 0

  init(_ numbers: [UInt64]) { self.numbers = numbers }

  mutating func next() -> UInt64 {
    defer { index += 1 }
    return numbers[index % numbers.count]
  }

  /// The lower end of any range. Not zero, which the standard library rejects as a biased number, again and again.
  static let lowest = Scripted([256])
  /// The upper end of any range.
  static let highest = Scripted([.max])
}
