internal import CoreMetrics
internal import HTTPTransport
internal import Logging

/// Tells of the listener's certificate: a line in the log when its files have changed, and
/// `tls_certificate_expiry_timestamp_seconds`.
struct CertificateWatch: Sendable {
  private let logger: Logger
  private let expiry: any MeterHandler

  init(logger: Logger) {
    self.logger = logger
    expiry = CertificateMetrics.meter(.shared, setting: "TLS_CERT_FILE")
  }

  @Sendable func report(_ report: TLSReport) {
    switch report {
    case .inUse(let seconds): expiry.set(Int64(seconds))
    case .renewed(let seconds):
      expiry.set(Int64(seconds))
      logger.notice("the certificate was renewed", metadata: ["expires": "\(seconds)"])
    case .unusable(let error):
      logger.error(
        "the new certificate cannot be used, and the old one stays", metadata: ["error": "\(SafeDescription.of(error))"]
      )
    }
  }
}
