package import NIOCore
internal import NIOSSL

/// A server's certificate, key and, for mutual TLS, whom it believes. PEM files; TLS 1.2 or newer.
package struct TLSServerConfiguration: Sendable {
  /// The certificate chain, leaf first.
  package var certificateChainPath: String
  package var privateKeyPath: String
  /// CA certificates that clients must be signed by; nil asks for no client certificate.
  package var clientCAPath: String?
  package var applicationProtocols = ["h2", "http/1.1"]
  /// How often the files are looked at. What replaces them is shown to new connections.
  package var reloadInterval = TimeAmount.seconds(2)
  /// Hears of the files: when the server starts, and when they have changed.
  package var report: @Sendable (TLSReport) -> Void = { _ in }

  package init(certificateChainPath: String, privateKeyPath: String, clientCAPath: String? = nil) {
    self.certificateChainPath = certificateChainPath
    self.privateKeyPath = privateKeyPath
    self.clientCAPath = clientCAPath
  }

  /// Reads the files.
  ///
  /// - Throws: `HTTPTransportError` `.tls` that names the file that cannot be used.
  /// - Returns: also when the certificate expires, in seconds since 1970.
  func makeContext() throws -> (NIOSSLContext, expiry: Int64) {
    let chain = try TLSFiles.certificates(certificateChainPath)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) },
      privateKey: .privateKey(try TLSFiles.privateKey(privateKeyPath)))
    configuration.minimumTLSVersion = .tlsv12
    configuration.shutdownTimeout = TLSFiles.shutdownTimeout
    configuration.applicationProtocols = applicationProtocols
    if let clientCAPath {
      configuration.trustRoots = .certificates(try TLSFiles.certificates(clientCAPath))
      configuration.certificateVerification = .noHostnameVerification
    }
    let expiry = chain.map { Int64($0.notValidAfter) }.min() ?? 0
    return (try TLSFiles.context(configuration, of: certificateChainPath), expiry)
  }
}

/// What became of a server's certificate files. Expiry is in seconds since 1970, the earliest of the chain's.
package enum TLSReport: Sendable {
  /// They are used from the start.
  case inUse(expiry: Int64)
  /// They have changed, and new connections see the new ones.
  case renewed(expiry: Int64)
  /// They have changed and cannot be used; what was used before still is. The error names the file.
  case unusable(any Error)
}

/// Whom a client believes, and the certificate it shows.
package struct TLSClientConfiguration: Sendable {
  /// CA certificates (PEM) that the server must be signed by; nil takes the system's.
  package var caPath: String?
  package var certificateChainPath: String?
  package var privateKeyPath: String?
  /// The name that the server's certificate must hold; nil takes the host that is dialled.
  package var serverName: String?
  package var applicationProtocols = ["h2"]

  package init(
    caPath: String? = nil, certificateChainPath: String? = nil, privateKeyPath: String? = nil,
    serverName: String? = nil
  ) {
    self.caPath = caPath
    self.certificateChainPath = certificateChainPath
    self.privateKeyPath = privateKeyPath
    self.serverName = serverName
  }

  /// - Throws: `HTTPTransportError` `.tls` that names the file that cannot be used.
  func makeContext() throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.shutdownTimeout = TLSFiles.shutdownTimeout
    configuration.applicationProtocols = applicationProtocols
    if let caPath { configuration.trustRoots = .certificates(try TLSFiles.certificates(caPath)) }
    if let certificateChainPath, let privateKeyPath {
      configuration.certificateChain = try TLSFiles.certificates(certificateChainPath).map { .certificate($0) }
      configuration.privateKey = .privateKey(try TLSFiles.privateKey(privateKeyPath))
    } else if certificateChainPath != nil || privateKeyPath != nil {
      throw HTTPTransportError(.tls, "a client certificate needs both its chain and its key")
    }
    return try TLSFiles.context(configuration, of: caPath ?? "the system's CA certificates")
  }
}

/// A client's TLS settings with their files read: made once, used for many connections, for reading the system's CA
/// certificates takes milliseconds.
package struct TLSClientContext: Sendable {
  let context: NIOSSLContext
  let serverName: String?

  /// - Throws: `HTTPTransportError` `.tls` that names the file that cannot be used.
  package init(_ configuration: TLSClientConfiguration) throws {
    context = try configuration.makeContext()
    serverName = configuration.serverName
  }
}

/// Reading PEM files with errors that name the file and never show its content.
enum TLSFiles {
  /// How long a closing connection waits for the peer's close_notify, which many never send. Nothing is lost by not
  /// waiting: HTTP/2 has said GOAWAY before (RFC 8446 §6.1 demands no wait).
  static let shutdownTimeout = TimeAmount.milliseconds(250)

  static func certificates(_ path: String) throws -> [NIOSSLCertificate] {
    let certificates: [NIOSSLCertificate]
    do {
      certificates = try NIOSSLCertificate.fromPEMFile(path)
    } catch {
      throw HTTPTransportError(.tls, "\(path): not a readable PEM certificate file", cause: error)
    }
    guard !certificates.isEmpty else {
      throw HTTPTransportError(.tls, "\(path): holds no PEM certificate")
    }
    return certificates
  }

  static func privateKey(_ path: String) throws -> NIOSSLPrivateKey {
    do {
      return try NIOSSLPrivateKey(file: path, format: .pem)
    } catch {
      throw HTTPTransportError(.tls, "\(path): not a readable PEM private key", cause: error)
    }
  }

  static func context(_ configuration: TLSConfiguration, of path: String) throws -> NIOSSLContext {
    do {
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw HTTPTransportError(.tls, "\(path): certificate and key do not fit together", cause: error)
    }
  }
}

extension HTTPTransportError {
  /// What an error from the pipeline means. With TLS 1.3 a server may refuse a certificate after its client has
  /// finished the handshake, so TLS errors come here as well.
  init(socketError error: any Error) {
    switch error {
    case let error as HTTPTransportError: self = error
    case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
      self.init(.tls, "the TLS connection failed", cause: error)
    default: self.init(.connectionClosed, "the socket failed", cause: error)
    }
  }
}

extension PeerIdentity {
  /// The names in a verified certificate.
  init(_ certificate: NIOSSLCertificate) {
    self.init()
    for name in certificate._subjectAlternativeNames() {
      let text = String(decoding: name.contents, as: UTF8.self)
      if name.nameType == .uri { uris.append(text) }
      if name.nameType == .dnsName { dnsNames.append(text) }
    }
  }
}
