internal import CoreMetrics
internal import HTTPTransport
internal import Logging

/// Tells of the listener's certificate: a line in the log when its files have changed, and
/// `tls_certificate_expiry_seconds`, when it expires in seconds since 1970.
struct CertificateWatch: Sendable {
  private let logger: Logger
  private let expiry: Gauge

  init(logger: Logger) {
    self.logger = logger
    PrometheusRegistry.shared.describe(
      "tls_certificate_expiry_seconds", "When the listener's certificate expires, in seconds since 1970.")
    expiry = Gauge(label: "tls_certificate_expiry_seconds")
  }

  @Sendable func report(_ report: TLSReport) {
    switch report {
    case .inUse(let seconds): expiry.record(seconds)
    case .renewed(let seconds):
      expiry.record(seconds)
      logger.notice("the certificate was renewed", metadata: ["expires": "\(seconds)"])
    case .unusable(let error):
      logger.error(
        "the new certificate cannot be used, and the old one stays", metadata: ["error": "\(SafeDescription.of(error))"]
      )
    }
  }
}
