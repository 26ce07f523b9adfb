/// The parts of a log that consumers share out among themselves. All events of one key are in one partition.
package enum EventPartition {
  /// How many there are. Part of the contract: cursors are kept for each.
  package static let count = 64
  package static let all = Set(0..<count)

  /// The partition of a key: the top six bits of its product with 2⁶⁴/φ, which spreads consecutive ids evenly
  /// (Knuth, The Art of Computer Programming 6.4, "Fibonacci hashing"). Part of the contract, as `count` is.
  package static func of(_ key: Int64) -> Int {
    Int(truncatingIfNeeded: (UInt64(bitPattern: key) &* 0x9E37_79B9_7F4A_7C15) >> 58)
  }
}
