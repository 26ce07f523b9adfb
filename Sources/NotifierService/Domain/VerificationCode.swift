internal import Sodium

/// The secret that shows that a channel is its subscriber's.
///
/// It is kept as an HMAC under a key that the database does not hold, so that a copy of the tables gives no code away.
struct VerificationCode: Hashable, Sendable {
  /// Typed by a person: 40 bits, a few attempts, minutes.
  static let typedLength = 8
  /// In a link to the bot, by which alone its channel is found: 80 bits.
  static let startLength = 16
  static let typedLifetime = Duration.minutes(15)
  static let startLifetime = Duration.hours(1)
  static let maximumAttempts = 5

  /// Letters and digits that are not mistaken for one another (Crockford's base 32).
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  let text: String

  static func make(length: Int) throws(SodiumError) -> VerificationCode {
    let bytes = try RandomBytes.make(length)
    return VerificationCode(text: String(decoding: bytes.map { alphabet[Int($0 & 31)] }, as: UTF8.self))
  }

  private init(text: String) { self.text = text }

  /// What a person typed: in any case, with blanks and dashes, O for 0, I and L for 1. Nil when it cannot be a code.
  init?(typed: String) {
    var text = ""
    for character in typed.uppercased() where character != " " && character != "-" {
      switch character {
      case "O": text.append("0")
      case "I", "L": text.append("1")
      default: text.append(character)
      }
    }
    guard text.utf8.count == Self.typedLength || text.utf8.count == Self.startLength,
      text.utf8.allSatisfy({ Self.alphabet.contains($0) })
    else { return nil }
    self.text = text
  }

  func hash(_ key: [UInt8]) throws(SodiumError) -> [UInt8] {
    try HMACSHA256.code(of: [Array(text.utf8)], key: key)
  }
}
