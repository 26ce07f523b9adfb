/// A small, fast source of random numbers for balancing and jitter; never for secrets.
///
/// `SystemRandomNumberGenerator` asks the kernel each time, which costs more than choosing an endpoint does. Steele,
/// Lea and Flood, "Fast splittable pseudorandom number generators" (2014). A given seed yields the same numbers in
/// every run, so tests can name them.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// Seeded by the system, so that processes that start together don't act in step.
  package init() { state = UInt64.random(in: .min ... .max) }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
