/// Base64 with the standard alphabet (RFC 4648 §4), for binary metadata values.
enum Base64 {
  /// The length of the encoding of `count` bytes, without padding.
  static func encodedCount(_ count: Int) -> Int { (count * 4 + 2) / 3 }

  /// The encoding of `bytes`, without padding, which gRPC asks its senders to leave out.
  static func encode(_ bytes: [UInt8]) -> String {
    let length = encodedCount(bytes.count)
    return String(unsafeUninitializedCapacity: length) { output in
      var position = 0
      var bits: UInt32 = 0
      var bitCount: UInt32 = 0
      for byte in bytes {
        bits = bits << 8 | UInt32(byte)
        bitCount += 8
        while bitCount >= 6 {
          bitCount -= 6
          output[position] = character(UInt8(truncatingIfNeeded: bits >> bitCount) & 0x3F)
          position += 1
        }
      }
      if bitCount > 0 {
        output[position] = character(UInt8(truncatingIfNeeded: bits << (6 - bitCount)) & 0x3F)
        position += 1
      }
      return position
    }
  }

  /// The bytes behind `text`, with or without padding. Nil for other characters, a length that no bytes have, or
  /// padding that doesn't fill up a group of four. Left-over bits are ignored, as other receivers do.
  static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    var end = text.count
    while end > 0, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
    let padding = text.count - end
    guard padding == 0 || (padding <= 2 && text.count.isMultiple(of: 4)), end % 4 != 1 else { return nil }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(end * 3 / 4)
    var bits: UInt32 = 0
    var bitCount: UInt32 = 0
    for index in 0..<end {
      guard let value = value(text[index]) else { return nil }
      bits = bits << 6 | UInt32(value)
      bitCount += 6
      if bitCount >= 8 {
        bitCount -= 8
        decoded.append(UInt8(truncatingIfNeeded: bits >> bitCount))
      }
    }
    return decoded
  }

  private static func character(_ value: UInt8) -> UInt8 {
    switch value {
    case 0..<26: UInt8(ascii: "A") + value
    case 26..<52: UInt8(ascii: "a") + value - 26
    case 52..<62: UInt8(ascii: "0") + value - 52
    case 62: UInt8(ascii: "+")
    default: UInt8(ascii: "/")
    }
  }

  private static func value(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
