internal import CoreMetrics
internal import HTTPTransport

/// When the certificates end that the process shows, so that a renewal that did not happen is seen in time.
enum CertificateMetrics {
  private static let name = "tls_certificate_expiry_timestamp_seconds"

  static func meter(_ registry: PrometheusRegistry, setting: String) -> any MeterHandler {
    registry.describe(name, "When the first certificate of the setting's file ends, in seconds since 1970.")
    return registry.makeMeter(label: name, dimensions: [("setting", setting)])
  }

  /// Of the certificate that calls to other services bear. It is read once: a renewed file counts when the process has
  /// been started anew. What the listener shows is told by `CertificateWatch`.
  ///
  /// - Throws: `ServiceError` `.configuration` that names the setting whose file cannot be used.
  static func register(in registry: PrometheusRegistry, _ settings: Settings) throws {
    let setting = "RPC_TLS_CERT_FILE"
    guard let path = settings.optionalString(setting) else { return }
    let end: Int64
    do {
      end = try CertificateExpiry.earliest(inFile: path)
    } catch let error as HTTPTransportError {
      throw ServiceError(.configuration, "\(setting): \(error.message)", cause: error)
    }
    meter(registry, setting: setting).set(end)
  }
}
