/// A time zone's offsets from UTC, past and future.
struct ZoneRules: Sendable, Equatable {
  /// When an offset begins, in seconds since 1970; ascending.
  var transitions: [Int64]
  /// Seconds east of UTC from the transition of the same index on.
  var offsets: [Int32]
  /// Before the first transition.
  var firstOffset: Int32
  /// What holds after the last transition, where the file says.
  var future: PosixZone?

  /// A zone whose clocks never change.
  static func fixed(_ offset: Int32) -> ZoneRules {
    ZoneRules(transitions: [], offsets: [], firstOffset: offset, future: nil)
  }

  /// Turkey since 2016. What is used where the zone files are missing.
  static let istanbul = fixed(3 * 3600)

  /// Seconds east of UTC at a moment, in seconds since 1970.
  func offset(at seconds: Int64) -> Int32 {
    guard let last = transitions.last else { return future?.offset(at: seconds) ?? firstOffset }
    if seconds >= last, let future { return future.offset(at: seconds) }
    // The last transition at or before the moment.
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? firstOffset : offsets[low - 1]
  }

  /// The moment at which clocks show `local` (seconds since 1970 as if they were UTC): the earlier of two, and where
  /// clocks jump over it, as long after the jump as it would have been without.
  func moment(ofLocal local: Int64) -> Int64 {
    let before = Int64(offset(at: local - 86_400))
    let after = Int64(offset(at: local + 86_400))
    let candidates = [local - before, local - after].filter { Int64(offset(at: $0)) == local - $0 }
    return candidates.min() ?? local - before
  }
}
