/// The percent-encoding of `grpc-message` (gRPC over HTTP2, "Responses": Status-Message).
///
/// Bytes of the message's UTF-8 outside 0x20...0x7E, and `%` itself, become `%XX`.
package enum StatusMessage {
  /// The most bytes that `encode` writes unless told otherwise: the trailers of a failed call must fit the 8 KiB that
  /// gRPC suggests as a peer's limit, or the peer sees a transport error in place of the status.
  package static let defaultLimit = 4096

  /// The value of `grpc-message` for `message`, of at most `limit` bytes; a longer one is cut at a character of its
  /// UTF-8. Plain text comes back as it is, without an allocation.
  package static func encode(_ message: String, limit: Int = defaultLimit) -> String {
    var message = message
    let encoded: [UInt8]? = message.withUTF8 { utf8 in
      if utf8.count <= limit, utf8.allSatisfy(isPlain) { return nil }
      return encode(utf8, limit: limit)
    }
    guard let encoded else { return message }
    return String(decoding: encoded, as: UTF8.self)
  }

  /// The message behind a received `grpc-message`. Never fails, as gRPC demands: a `%` that two hexadecimal digits do
  /// not follow stays as it is, and bytes that are not UTF-8 become U+FFFD.
  package static func decode(_ bytes: UnsafeRawBufferPointer) -> String {
    guard bytes.contains(UInt8(ascii: "%")) else { return String(decoding: bytes, as: UTF8.self) }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "%"), index + 2 < bytes.count,
        let high = hexValue(bytes[index + 1]), let low = hexValue(bytes[index + 2])
      {
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(byte)
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  /// The message behind a received `grpc-message`.
  package static func decode(_ value: String) -> String {
    var value = value
    return value.withUTF8 { decode(UnsafeRawBufferPointer($0)) }
  }

  private static func encode(_ utf8: UnsafeBufferPointer<UInt8>, limit: Int) -> [UInt8] {
    var encoded: [UInt8] = []
    encoded.reserveCapacity(min(limit, utf8.count + 32))
    var start = 0
    while start < utf8.count {
      // One character of the UTF-8 at a time, so that a cut never leaves half of one behind.
      var end = start + 1
      while end < utf8.count, utf8[end] & 0xC0 == 0x80 { end += 1 }
      let plain = isPlain(utf8[start])
      if encoded.count + (plain ? 1 : 3 * (end - start)) > limit { break }
      if plain {
        encoded.append(utf8[start])
      } else {
        for byte in utf8[start..<end] {
          encoded.append(UInt8(ascii: "%"))
          encoded.append(hexDigit(byte >> 4))
          encoded.append(hexDigit(byte & 0xF))
        }
      }
      start = end
    }
    return encoded
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte <= 0x7E && byte != UInt8(ascii: "%")
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }

  private static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
