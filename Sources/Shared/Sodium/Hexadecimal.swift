/// Bytes as hexadecimal digits.
package enum Hexadecimal {
  /// Two lower-case digits for each byte.
  package static func text(_ bytes: [UInt8]) -> String {
    var text = ""
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      for half in [byte >> 4, byte & 15] {
        text.unicodeScalars.append(Unicode.Scalar(half < 10 ? half + 0x30 : half - 10 + 0x61))
      }
    }
    return text
  }

  /// Reads digits of either case; nil for anything else.
  package static func bytes(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in text.utf8 {
      let digit: UInt8
      switch character {
      case 0x30...0x39: digit = character - 0x30
      case 0x41...0x46: digit = character - 0x41 + 10
      case 0x61...0x66: digit = character - 0x61 + 10
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return high == nil ? bytes : nil
  }
}
