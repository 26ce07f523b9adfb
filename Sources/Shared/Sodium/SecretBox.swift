internal import CSodium

/// Keeps small secrets at rest: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) with a random nonce.
///
/// The first key seals; all open, so that keys can be changed: put the new one first, and leave the old one until what
/// it sealed is gone or sealed anew.
package struct SecretBox: Sendable {
  private static let version: UInt8 = 1
  private static let overhead = 1 + Int(crypto_aead_xchacha20poly1305_ietf_npubbytes())

  private let keys: [[UInt8]]

  /// - Parameter keys: at least one, of 32 bytes each.
  /// - Throws: `SodiumError` `.invalidKey`, `.unavailable`.
  package init(keys: [[UInt8]]) throws(SodiumError) {
    try SodiumLibrary.prepare()
    guard !keys.isEmpty, keys.allSatisfy({ $0.count == Int(crypto_aead_xchacha20poly1305_ietf_keybytes()) }) else {
      throw SodiumError(.invalidKey, "a key has 32 bytes, and there must be one")
    }
    self.keys = keys
  }

  /// - Parameter hexadecimalKeys: as configuration writes them, 64 digits each.
  /// - Throws: `SodiumError` `.invalidKey`, `.unavailable`.
  package init(hexadecimalKeys: [String]) throws(SodiumError) {
    var keys: [[UInt8]] = []
    for text in hexadecimalKeys {
      guard let key = Hexadecimal.bytes(text), key.count == 32 else {
        throw SodiumError(.invalidKey, "a key is written as 64 hexadecimal digits, as openssl rand -hex 32 makes them")
      }
      keys.append(key)
    }
    try self.init(keys: keys)
  }

  /// A key for another purpose that follows from the first key.
  /// - Throws: `SodiumError` `.unavailable`.
  package func derivedKey(for purpose: String) throws(SodiumError) -> [UInt8] {
    try HMACSHA256.code(of: [Array(purpose.utf8)], key: keys[0])
  }

  /// - Parameter context: what the secret belongs to. It is not kept; `open` needs the same.
  /// - Returns: 41 bytes more than the secret has.
  /// - Throws: `SodiumError` `.unavailable`.
  package func seal(_ secret: [UInt8], context: String) throws(SodiumError) -> [UInt8] {
    let nonce = try RandomBytes.make(Int(crypto_aead_xchacha20poly1305_ietf_npubbytes()))
    var sealed = [UInt8](repeating: 0, count: secret.count + Int(crypto_aead_xchacha20poly1305_ietf_abytes()))
    let bound = Array(context.utf8)
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      &sealed, nil, secret, UInt64(secret.count), bound, UInt64(bound.count), nil, nonce, keys[0])
    return [Self.version] + nonce + sealed
  }

  /// - Throws: `SodiumError` `.cannotOpen`.
  package func open(_ sealed: [UInt8], context: String) throws(SodiumError) -> [UInt8] {
    let tag = Int(crypto_aead_xchacha20poly1305_ietf_abytes())
    guard sealed.first == Self.version, sealed.count >= Self.overhead + tag else {
      throw SodiumError(.cannotOpen, "the sealed secret is not of a known form")
    }
    let nonce = Array(sealed[1..<Self.overhead])
    let body = Array(sealed[Self.overhead...])
    let bound = Array(context.utf8)
    var secret = [UInt8](repeating: 0, count: body.count - tag)
    for key in keys {
      let status = crypto_aead_xchacha20poly1305_ietf_decrypt(
        &secret, nil, nil, body, UInt64(body.count), bound, UInt64(bound.count), nonce, key)
      if status == 0 { return secret }
    }
    throw SodiumError(.cannotOpen, "the sealed secret is damaged, or no configured key fits: is an old key missing?")
  }
}
