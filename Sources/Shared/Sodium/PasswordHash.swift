internal import CSodium

/// Argon2id (RFC 9106) for passwords. What it returns names its salt and cost, so that a cost may be changed at any time.
///
/// Each call takes the time and memory of its cost, on the thread that calls: never an event loop or the cooperative pool.
package enum PasswordHash {
  /// What a hash costs whoever makes or guesses.
  package struct Cost: Sendable, Equatable {
    /// Passes over the memory, at least 1.
    package var operations: Int
    /// Bytes, at least 8 KiB.
    package var memory: Int

    package init(operations: Int, memory: Int) {
      self.operations = operations
      self.memory = memory
    }
  }

  /// `$argon2id$v=19$m=65536,t=2,p=1$…`
  ///
  /// - Throws: `SodiumError` `.unavailable` when there is too little memory.
  package static func make(_ password: [UInt8], cost: Cost) throws(SodiumError) -> String {
    try SodiumLibrary.prepare()
    var text = [CChar](repeating: 0, count: crypto_pwhash_strbytes())
    let status = crypto_pwhash_str_alg(
      &text, characters(password), UInt64(password.count), UInt64(clamping: cost.operations), max(0, cost.memory),
      crypto_pwhash_alg_argon2id13())
    guard status == 0 else {
      throw SodiumError(.unavailable, "there is not enough memory for a password's hash, or its cost is out of range")
    }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Whether a password has this hash. Takes as long for a wrong one as for the right one.
  package static func matches(_ hash: String, _ password: [UInt8]) -> Bool {
    crypto_pwhash_str_verify(text(of: hash), characters(password), UInt64(password.count)) == 0
  }

  /// Whether a hash was made with another cost, or is none.
  package static func needsRehash(_ hash: String, cost: Cost) -> Bool {
    crypto_pwhash_str_needs_rehash(text(of: hash), UInt64(clamping: cost.operations), max(0, cost.memory)) != 0
  }

  /// A hash that no password has, and that takes as long to compare with as one of this cost.
  ///
  /// - Throws: `SodiumError` `.unavailable`.
  package static func decoy(cost: Cost) throws(SodiumError) -> String {
    let salt = Base64URL.text(try RandomBytes.make(16)).map { Self.standard($0) }
    let digest = Base64URL.text(try RandomBytes.make(32)).map { Self.standard($0) }
    return "$argon2id$v=19$m=\(cost.memory / 1024),t=\(cost.operations),p=1$\(String(salt))$\(String(digest))"
  }

  private static func standard(_ character: Character) -> Character {
    character == "-" ? "+" : character == "_" ? "/" : character
  }

  /// Never empty, so that it has an address.
  private static func characters(_ password: [UInt8]) -> [CChar] { password.map { CChar(bitPattern: $0) } + [0] }

  /// The library reads a text of this length at most, ended by a zero.
  private static func text(of hash: String) -> [CChar] {
    hash.utf8.prefix(crypto_pwhash_strbytes() - 1).map { CChar(bitPattern: $0) } + [0]
  }
}
