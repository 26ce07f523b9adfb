/// Base64 (RFC 4648): written with padding and the standard alphabet, read in both alphabets with padding or without.
package enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Appends the text of `data`, padded.
  package static func append(_ data: UnsafeRawBufferPointer, to text: inout [UInt8]) {
    text.reserveCapacity(text.count + (data.count + 2) / 3 * 4)
    alphabet.withUnsafeBufferPointer { alphabet in
      var index = 0
      while index + 3 <= data.count {
        let group = UInt32(data[index]) << 16 | UInt32(data[index + 1]) << 8 | UInt32(data[index + 2])
        for shift in [18, 12, 6, 0] as [UInt32] { text.append(alphabet[Int(group >> shift & 63)]) }
        index += 3
      }
      let padding = UInt8(ascii: "=")
      switch data.count - index {
      case 1:
        let group = UInt32(data[index]) << 16
        text += [alphabet[Int(group >> 18)], alphabet[Int(group >> 12 & 63)], padding, padding]
      case 2:
        let group = UInt32(data[index]) << 16 | UInt32(data[index + 1]) << 8
        text += [alphabet[Int(group >> 18)], alphabet[Int(group >> 12 & 63)], alphabet[Int(group >> 6 & 63)], padding]
      default: break
      }
    }
  }

  /// The bytes of a text; nil if it is not base64.
  package static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    var length: Int?
    let bytes = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3 + 3) { output, count in
      length = output.baseAddress.flatMap { decode(text, into: $0) }
      count = length ?? 0
    }
    return length.map { _ in bytes }
  }

  /// Decodes `text` into `output`, which has room for three quarters of it.
  ///
  /// - Returns: The number of bytes, or nil if the text is not base64.
  static func decode(_ text: UnsafeRawBufferPointer, into output: UnsafeMutablePointer<UInt8>) -> Int? {
    var count = text.count
    var padding = 0
    while count > 0, text[count - 1] == UInt8(ascii: "="), padding < 2 {
      count -= 1
      padding += 1
    }
    guard padding == 0 || (count + padding) % 4 == 0, count % 4 != 1 else { return nil }
    var group: UInt32 = 0
    var written = 0
    for index in 0..<count {
      guard let value = value(of: text[index]) else { return nil }
      group = group << 6 | value
      if index % 4 != 0 {
        // Every letter but the first of four completes a byte; the mask drops what was written before.
        let shift = UInt32(6 - 2 * (index % 4))
        output[written] = UInt8(truncatingIfNeeded: group >> shift)
        written += 1
      }
    }
    return written
  }

  private static func value(of letter: UInt8) -> UInt32? {
    switch letter {
    case 0x41...0x5a: UInt32(letter) - 0x41
    case 0x61...0x7a: UInt32(letter) - 0x61 + 26
    case 0x30...0x39: UInt32(letter) - 0x30 + 52
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
    default: nil
    }
  }
}
