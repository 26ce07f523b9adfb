internal import CSodium

/// HMAC with SHA-256 (RFC 2104, FIPS 198-1).
package enum HMACSHA256 {
  /// The 32 bytes of the code over the parts, one after the other.
  /// - Throws: `SodiumError` `.unavailable`.
  package static func code(of parts: [[UInt8]], key: [UInt8]) throws(SodiumError) -> [UInt8] {
    try SodiumLibrary.prepare()
    var state = crypto_auth_hmacsha256_state()
    crypto_auth_hmacsha256_init(&state, key, key.count)
    for part in parts { crypto_auth_hmacsha256_update(&state, part, UInt64(part.count)) }
    var code = [UInt8](repeating: 0, count: Int(crypto_auth_hmacsha256_bytes()))
    crypto_auth_hmacsha256_final(&state, &code)
    sodium_memzero(&state, MemoryLayout.size(ofValue: state))
    return code
  }
}
