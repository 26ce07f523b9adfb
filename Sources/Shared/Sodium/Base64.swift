internal import CSodium

/// Bytes as base64 (RFC 4648 §4).
package enum Base64 {
  /// With padding.
  package static func text(_ bytes: [UInt8]) -> String {
    let variant = Int32(sodium_base64_VARIANT_ORIGINAL)
    let size = sodium_base64_encoded_len(bytes.count, variant)
    return String(unsafeUninitializedCapacity: size) { output in
      output.withMemoryRebound(to: CChar.self) { characters in
        guard let start = characters.baseAddress else { return }
        sodium_bin2base64(start, size, bytes, bytes.count, variant)
      }
      // The library ends its text with a NUL.
      return size - 1
    }
  }
}
