internal import Sodium

/// What the service keeps secret, and the keys for it.
struct Secrets: Sendable {
  private let box: SecretBox
  private let codeKey: [UInt8]
  private let linkKey: [UInt8]

  /// - Throws: `SodiumError` `.invalidKey`, `.unavailable`.
  init(hexadecimalKeys: [String]) throws(SodiumError) {
    box = try SecretBox(hexadecimalKeys: hexadecimalKeys)
    codeKey = try box.derivedKey(for: "verification-code")
    linkKey = try box.derivedKey(for: "unsubscribe-link")
  }

  /// A new signing key for a webhook, as its owner sees it, and as it is kept.
  func makeSigningKey(subscriber: String, address: String) throws(SodiumError) -> (shown: String, sealed: [UInt8]) {
    let shown = "whsec_" + Hexadecimal.text(try RandomBytes.make(32))
    return (shown, try box.seal(Array(shown.utf8), context: Self.context(subscriber, address)))
  }

  func openSigningKey(_ sealed: [UInt8], subscriber: String, address: String) throws(SodiumError) -> [UInt8] {
    try box.open(sealed, context: Self.context(subscriber, address))
  }

  /// Bound to its place: copied to another row it does not open.
  private static func context(_ subscriber: String, _ address: String) -> String {
    "webhook\u{0}\(subscriber)\u{0}\(address)"
  }

  /// A message that holds a code, as it lies in the queue.
  func sealMessage(_ body: String, channel: Int64) throws(SodiumError) -> String {
    Hexadecimal.text(try box.seal(Array(body.utf8), context: "message\u{0}\(channel)"))
  }

  func openMessage(_ text: String, channel: Int64) throws(SodiumError) -> String {
    guard let sealed = Hexadecimal.bytes(text) else {
      throw SodiumError(.cannotOpen, "the sealed message is not hexadecimal")
    }
    return String(decoding: try box.open(sealed, context: "message\u{0}\(channel)"), as: UTF8.self)
  }

  /// A mail to an account's owner, whose link is a secret, as it lies in the queue.
  func sealMail(_ body: String, key: String, to address: String) throws(SodiumError) -> String {
    Hexadecimal.text(try box.seal(Array(body.utf8), context: "mail\u{0}\(key)\u{0}\(address)"))
  }

  func openMail(_ text: String, key: String, to address: String) throws(SodiumError) -> String {
    guard let sealed = Hexadecimal.bytes(text) else {
      throw SodiumError(.cannotOpen, "the sealed mail is not hexadecimal")
    }
    return String(decoding: try box.open(sealed, context: "mail\u{0}\(key)\u{0}\(address)"), as: UTF8.self)
  }

  /// What a mail's link holds to end the mails to its mailbox. With another first key, links of older mails end.
  func unsubscribeToken(channel: Int64, address: String) throws(SodiumError) -> String {
    let code = try HMACSHA256.code(of: [Array("\(channel)\u{0}\(address)".utf8)], key: linkKey)
    return "\(channel)-" + Hexadecimal.text(Array(code.prefix(16)))
  }

  /// In constant time.
  func isUnsubscribeToken(_ token: String, channel: Int64, address: String) -> Bool {
    // A library that has become unavailable lets nobody in.
    guard let own = try? unsubscribeToken(channel: channel, address: address) else { return false }
    return ConstantTime.isEqual(Array(own.utf8), Array(token.utf8))
  }

  func hash(_ code: VerificationCode) throws(SodiumError) -> [UInt8] { try code.hash(codeKey) }

  /// In constant time.
  func isCode(_ code: VerificationCode, hash: [UInt8]) -> Bool {
    // A library that has become unavailable verifies nothing.
    guard let own = try? code.hash(codeKey) else { return false }
    return ConstantTime.isEqual(own, hash)
  }
}
