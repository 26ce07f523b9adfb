/// Bytes as base64url without padding (RFC 4648 §5): safe in URLs, header fields and cookies.
package enum Base64URL {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".unicodeScalars)

  package static func text(_ bytes: [UInt8]) -> String {
    var text = ""
    text.reserveCapacity((bytes.count * 4 + 2) / 3)
    var held = 0
    var count = 0
    for byte in bytes {
      held = held << 8 | Int(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.unicodeScalars.append(digits[held >> count & 63])
      }
      held &= 0xff
    }
    if count > 0 { text.unicodeScalars.append(digits[held << (6 - count) & 63]) }
    return text
  }
}
