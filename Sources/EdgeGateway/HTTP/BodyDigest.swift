internal import CXXHash
internal import NIOCore

/// What tells one body from another: XXH3 of 128 bits, at many bytes a nanosecond. It withstands chance and not a forger:
/// whoever can choose our bodies needs no clash to deceive those who read them.
enum BodyDigest {
  /// 32 lower-case hexadecimal digits.
  static func text(_ body: ByteBuffer) -> String {
    let digest = body.withUnsafeReadableBytes { XXH3_128bits($0.baseAddress, $0.count) }
    return HexDigits.text(digest.high64) + HexDigits.text(digest.low64)
  }
}
