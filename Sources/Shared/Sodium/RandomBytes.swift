internal import CSodium

/// Bytes that nobody can foretell.
package enum RandomBytes {
  /// - Throws: `SodiumError` `.unavailable`.
  package static func make(_ count: Int) throws(SodiumError) -> [UInt8] {
    try SodiumLibrary.prepare()
    var bytes = [UInt8](repeating: 0, count: count)
    randombytes_buf(&bytes, count)
    return bytes
  }
}

/// Comparison in a time that tells nothing of where two secrets differ.
package enum ConstantTime {
  package static func isEqual(_ first: [UInt8], _ second: [UInt8]) -> Bool {
    first.count == second.count && sodium_memcmp(first, second, first.count) == 0
  }
}
