/// Checks that bytes are UTF-8 (RFC 3629) and hold no NUL, eight at a time while they are ASCII.
enum UTF8Check {
  enum Verdict { case valid, containsNUL, malformed }

  @inline(__always)
  static func verdict(_ start: UnsafePointer<UInt8>, _ count: Int, allowsNUL: Bool = false) -> Verdict {
    var position = 0
    while position + 8 <= count {
      let word = UnsafeRawPointer(start + position).loadUnaligned(as: UInt64.self)
      // No byte above 0x7f and none zero: a zero byte borrows into its top bit.
      guard (word | (word &- 0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080 == 0 else { break }
      position += 8
    }
    return position == count ? .valid : slowVerdict(start + position, count - position, allowsNUL)
  }

  private static func slowVerdict(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ allowsNUL: Bool) -> Verdict {
    var position = 0
    while position < count {
      let byte = bytes[position]
      if byte < 0x80 {
        // Letters beyond ASCII are few in most texts: on in long steps.
        if byte != 0, position + 8 <= count {
          let word = UnsafeRawPointer(bytes + position).loadUnaligned(as: UInt64.self)
          if (word | (word &- 0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080 == 0 {
            position += 8
            continue
          }
        }
        if byte == 0, !allowsNUL { return .containsNUL }
        position += 1
        continue
      }
      // The range of the second byte excludes over-long forms, surrogates and what lies beyond U+10FFFF (RFC 3629 §4).
      let length: Int
      let second: ClosedRange<UInt8>
      switch byte {
      case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
      case 0xE0: (length, second) = (3, 0xA0...0xBF)
      case 0xED: (length, second) = (3, 0x80...0x9F)
      case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
      case 0xF0: (length, second) = (4, 0x90...0xBF)
      case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
      case 0xF4: (length, second) = (4, 0x80...0x8F)
      default: return .malformed
      }
      guard position + length <= count, second.contains(bytes[position + 1]) else { return .malformed }
      for next in 2..<max(length, 2) where bytes[position + next] & 0xC0 != 0x80 { return .malformed }
      position += length
    }
    return .valid
  }
}
