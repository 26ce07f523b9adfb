internal import NIOSSL

/// TLS towards the server.
package struct RedisTLS: Hashable, Sendable {
  /// PEM file of the authorities to trust; nil for the system's.
  package var trustedCertificatesFile: String?
  /// PEM files of our own certificate chain and key, for servers that ask for one.
  package var certificateFile: String?
  package var privateKeyFile: String?
  /// The name that the server's certificate must bear; nil takes the endpoint's host.
  package var serverName: String?

  package init(
    trustedCertificatesFile: String? = nil, certificateFile: String? = nil, privateKeyFile: String? = nil,
    serverName: String? = nil
  ) {
    self.trustedCertificatesFile = trustedCertificatesFile
    self.certificateFile = certificateFile
    self.privateKeyFile = privateKeyFile
    self.serverName = serverName
  }

  /// - Throws: `RedisError` with `.invalidConfiguration` when a file cannot be used.
  func makeContext() throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    guard (certificateFile == nil) == (privateKeyFile == nil) else {
      throw RedisError(.invalidConfiguration, "a client certificate and its key go together; only one is set")
    }
    do {
      if let trustedCertificatesFile { configuration.trustRoots = .file(trustedCertificatesFile) }
      if let certificateFile, let privateKeyFile {
        configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificateFile).map { .certificate($0) }
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: privateKeyFile, format: .pem))
      }
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw RedisError(
        .invalidConfiguration, "a TLS file cannot be used; check its path and that it is PEM", cause: error)
    }
  }
}
