package import ArgumentParser
package import HTTPTransport

/// Whom a client believes, and what it shows, on the command line.
package struct ClientTLSOptions: ParsableArguments {
  @Option(name: .customLong("tls-ca"), help: "CA certificates of the server, a PEM file. Turns TLS on.")
  package var ca: String?

  @Option(name: .customLong("tls-cert"), help: "The client's certificate chain, a PEM file.")
  package var certificate: String?

  @Option(name: .customLong("tls-key"), help: "The client's key, a PEM file.")
  package var key: String?

  @Option(help: "The name that the server's certificate must hold; default: the host that is called.")
  package var serverName: String?

  package init() {}

  package func validate() throws {
    guard (certificate == nil) == (key == nil) else {
      throw ValidationError("--tls-cert and --tls-key: both or neither")
    }
    guard ca != nil || (certificate == nil && serverName == nil) else {
      throw ValidationError("--tls-cert, --tls-key and --server-name: need --tls-ca")
    }
  }

  /// Nil for clear text.
  package var configuration: TLSClientConfiguration? {
    guard let ca else { return nil }
    return TLSClientConfiguration(
      caPath: ca, certificateChainPath: certificate, privateKeyPath: key, serverName: serverName)
  }
}
