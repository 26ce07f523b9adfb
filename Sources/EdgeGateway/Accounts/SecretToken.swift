internal import Sodium

/// A secret that proves something by being known: 32 random bytes, with a prefix that tells people and scanners of
/// leaked secrets what it is. Only its hash is kept.
package struct SecretToken: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case session = "fs_"
    case key = "fk_"
    case verification = "fv_"
    case reset = "fr_"
  }

  /// As its owner sees it.
  package let text: String
  package var hash: [UInt8] { Self.hash(text) }

  /// How much of a key is shown again, to tell it from others: 42 bits of 256.
  package var shownPrefix: String { String(text.prefix(10)) }

  private static let digits = 43

  /// - Throws: `SodiumError` `.unavailable`.
  package static func make(_ kind: Kind) throws -> SecretToken {
    SecretToken(text: kind.rawValue + Base64URL.text(try RandomBytes.make(32)))
  }

  private init(text: String) { self.text = text }

  /// A text of the form of such a token; nil for others, which no store needs to be asked about.
  package init?(_ text: String, _ kind: Kind) {
    guard text.hasPrefix(kind.rawValue), text.utf8.count == kind.rawValue.utf8.count + Self.digits,
      text.utf8.dropFirst(kind.rawValue.utf8.count).allSatisfy(Self.isDigit)
    else { return nil }
    self.text = text
  }

  /// Of tokens with 256 random bits a plain digest is as good as a slow one, and the search by it tells nothing.
  static func hash(_ text: String) -> [UInt8] { SHA256.hash(Array(text.utf8)) }

  private static func isDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
