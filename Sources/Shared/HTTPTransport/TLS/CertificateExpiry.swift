internal import NIOSSL

/// When certificates end.
package enum CertificateExpiry {
  /// The first end among the certificates of a PEM file, in seconds since 1970: a chain is good for as long as all of it.
  ///
  /// - Throws: `HTTPTransportError` `.tls` that names a file that cannot be used.
  package static func earliest(inFile path: String) throws -> Int64 {
    try TLSFiles.certificates(path).reduce(.max) { min($0, Int64($1.notValidAfter)) }
  }
}
