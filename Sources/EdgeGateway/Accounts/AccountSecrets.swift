internal import PostgresClient
internal import Sodium

/// What the gateway keeps secret at rest, and what it proves by knowing a key.
struct AccountSecrets: Sendable {
  private let box: SecretBox
  private let csrfKey: [UInt8]
  private let lockoutKey: [UInt8]

  /// - Throws: `SodiumError` `.invalidKey`, `.unavailable`.
  init(hexadecimalKeys: [String]) throws(SodiumError) {
    box = try SecretBox(hexadecimalKeys: hexadecimalKeys)
    csrfKey = try box.derivedKey(for: "edge-csrf")
    lockoutKey = try box.derivedKey(for: "edge-lockout")
  }

  /// The token of a mail, bound to its row and recipient: copied to another one it does not open.
  func seal(_ token: SecretToken, mail id: UUIDBytes, to recipient: String) throws(SodiumError) -> [UInt8] {
    try box.seal(Array(token.text.utf8), context: Self.context(id, recipient))
  }

  func open(_ sealed: [UInt8], mail id: UUIDBytes, to recipient: String) throws(SodiumError) -> String {
    String(decoding: try box.open(sealed, context: Self.context(id, recipient)), as: UTF8.self)
  }

  private static func context(_ id: UUIDBytes, _ recipient: String) -> String { "edge-mail\u{0}\(id)\u{0}\(recipient)" }

  /// What a page must send with its cookie, to show that it is ours: other sites cannot know it.
  func csrfToken(session: Int64) throws(SodiumError) -> String {
    Base64URL.text(try HMACSHA256.code(of: [Array("session \(session)".utf8)], key: csrfKey))
  }

  /// Under which name attempts are counted. What strangers typed is not to be read from the table.
  func lockoutSubject(_ text: String) throws(SodiumError) -> [UInt8] {
    try HMACSHA256.code(of: [Array(text.utf8)], key: lockoutKey)
  }
}
