package import ArgumentParser
package import HTTPTransport

/// A server's certificate on the command line.
package struct ServerTLSOptions: ParsableArguments {
  @Option(name: .customLong("tls-cert"), help: "The certificate chain, a PEM file. Turns TLS on.")
  package var certificate: String?

  @Option(name: .customLong("tls-key"), help: "The certificate's key, a PEM file.")
  package var key: String?

  @Option(name: .customLong("tls-client-ca"), help: "CA certificates, a PEM file: clients must show one of theirs.")
  package var clientCA: String?

  package init() {}

  package func validate() throws {
    guard (certificate == nil) == (key == nil) else {
      throw ValidationError("--tls-cert and --tls-key: both or neither")
    }
    guard clientCA == nil || certificate != nil else {
      throw ValidationError("--tls-client-ca: needs --tls-cert and --tls-key")
    }
  }

  /// Nil for clear text.
  package var configuration: TLSServerConfiguration? {
    guard let certificate, let key else { return nil }
    return TLSServerConfiguration(certificateChainPath: certificate, privateKeyPath: key, clientCAPath: clientCA)
  }
}
