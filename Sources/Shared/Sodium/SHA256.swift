internal import CSodium

/// SHA-256 (FIPS 180-4), for what must be recognised but not kept as it is.
package enum SHA256 {
  /// The 32 bytes of the digest. Needs none of what the library makes ready, so it cannot fail.
  package static func hash(_ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_bytes()))
    crypto_hash_sha256(&digest, message, UInt64(message.count))
    return digest
  }
}
