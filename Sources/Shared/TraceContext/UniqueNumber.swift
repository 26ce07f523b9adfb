internal import Synchronization

/// Numbers for ids: never 0, spread over all 64 bits, not to be guessed from outside, and not secret.
///
/// A SplitMix64 sequence from a random start, shared by all threads: one atomic addition each, where the system's
/// generator costs a system call.
package enum UniqueNumber {
  private static let state = Atomic<UInt64>(UInt64.random(in: .min ... .max))

  package static func next() -> UInt64 {
    var number = state.wrappingAdd(0x9e37_79b9_7f4a_7c15, ordering: .relaxed).newValue
    number = (number ^ (number >> 30)) &* 0xbf58_476d_1ce4_e5b9
    number = (number ^ (number >> 27)) &* 0x94d0_49bb_1331_11eb
    number ^= number >> 31
    return number == 0 ? 1 : number
  }
}

/// Numbers as lower-case hexadecimal digits.
package enum HexText {
  /// 16 digits.
  package static func make(_ number: UInt64) -> String {
    withUnsafeBytes(of: digits(number)) { String(decoding: $0, as: UTF8.self) }
  }

  /// The same as bytes, in the order of memory.
  package static func digits(_ number: UInt64) -> (UInt64, UInt64) {
    (spread(UInt32(truncatingIfNeeded: number >> 32)), spread(UInt32(truncatingIfNeeded: number)))
  }

  /// Eight digits, all at once: a byte for each.
  private static func spread(_ number: UInt32) -> UInt64 {
    var digits = UInt64(number)
    digits = (digits | digits << 16) & 0x0000_ffff_0000_ffff
    digits = (digits | digits << 8) & 0x00ff_00ff_00ff_00ff
    digits = (digits | digits << 4) & 0x0f0f_0f0f_0f0f_0f0f
    // One in each byte whose digit is above nine.
    let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return (digits &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).bigEndian
  }

  /// Nil unless all are lower-case digits; at most 16.
  static func read(_ digits: Slice<UnsafeRawBufferPointer>) -> UInt64? {
    var number: UInt64 = 0
    for byte in digits {
      switch byte {
      case 0x30...0x39: number = number << 4 | UInt64(byte - 0x30)
      case 0x61...0x66: number = number << 4 | UInt64(byte - 0x57)
      default: return nil
      }
    }
    return number
  }
}
