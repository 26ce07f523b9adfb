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
    first.withUnsafeBytes { isEqual($0, second) }
  }

  package static func isEqual(_ first: UnsafeRawBufferPointer, _ second: [UInt8]) -> Bool {
    guard first.count == second.count else { return false }
    guard let start = first.baseAddress else { return true }
    return sodium_memcmp(start, second, second.count) == 0
  }
}
