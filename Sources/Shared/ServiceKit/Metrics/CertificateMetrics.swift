internal import CoreMetrics
internal import HTTPTransport

/// When the certificates end that the process shows, so that a renewal that did not happen is seen in time.
///
/// They are read once, as the process itself reads them: a renewed file counts when the process has been started anew.
enum CertificateMetrics {
  /// - Throws: `ServiceError` `.configuration` that names the setting whose file cannot be used.
  static func register(in registry: PrometheusRegistry, _ settings: Settings) throws {
    let name = "tls_certificate_expiry_timestamp_seconds"
    registry.describe(name, "When the first certificate of the file ends, in seconds since 1970.")
    for setting in ["TLS_CERT_FILE", "RPC_TLS_CERT_FILE"] {
      guard let path = settings.optionalString(setting) else { continue }
      let end: Int64
      do {
        end = try CertificateExpiry.earliest(inFile: path)
      } catch let error as HTTPTransportError {
        throw ServiceError(.configuration, "\(setting): \(error.message)", cause: error)
      }
      registry.makeMeter(label: name, dimensions: [("setting", setting)]).set(end)
    }
  }
}
