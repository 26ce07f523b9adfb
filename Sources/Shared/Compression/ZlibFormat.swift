internal import CZlib

/// The container formats around compressed bytes.
package enum ZlibFormat: Sendable {
  /// RFC 1952.
  case gzip
  /// RFC 1950, which HTTP calls "deflate" (RFC 9110 §8.4.1.2).
  case zlib

  /// How zlib tells them apart: 15 is the largest window; 16 more ask for a gzip header and trailer.
  var windowBits: Int32 { self == .gzip ? MAX_WBITS + 16 : MAX_WBITS }
}
