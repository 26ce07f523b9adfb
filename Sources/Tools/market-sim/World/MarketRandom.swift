/// Numbers that look random and follow from what they are asked for: the same question has the same answer everywhere.
struct MarketRandom: Sendable {
  private var state: UInt64

  init(_ parts: UInt64...) {
    state = 0x9e37_79b9_7f4a_7c15
    for part in parts { state = Self.mixed(state ^ Self.mixed(part &+ 0x9e37_79b9_7f4a_7c15)) }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Self.mixed(state)
  }

  /// A whole number in `range`.
  mutating func number(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
  }

  /// SplitMix64's finalizer.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}
