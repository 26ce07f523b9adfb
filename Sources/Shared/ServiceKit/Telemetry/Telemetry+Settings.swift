internal import Logging
internal import NIOCore
internal import Telemetry

extension Telemetry {
  /// What is told to whom, as the settings say.
  ///
  /// - Throws: `ServiceError` `.configuration` that names the setting; secrets are not repeated.
  static func make(
    _ description: ServiceDescription, _ settings: Settings, group: any EventLoopGroup, logger: Logger
  ) throws(ServiceError) -> Telemetry {
    let configuration = try configuration(description, settings)
    do {
      return try Telemetry(configuration, group: group, logger: logger)
    } catch {
      let name = error.part == .traces ? "OTEL_EXPORTER_OTLP_ENDPOINT" : "SENTRY_DSN"
      throw ServiceError(.configuration, "\(name) or TELEMETRY_CA_FILE: \(error.message)")
    }
  }

  static func configuration(
    _ description: ServiceDescription, _ settings: Settings
  ) throws(ServiceError) -> Configuration {
    var configuration = Configuration(
      service: settings.optionalString("OTEL_SERVICE_NAME") ?? description.name, version: ServiceDescription.version,
      environment: settings.string("SENTRY_ENVIRONMENT"))
    configuration.role = settings.isDeclared("ROLE") ? settings.optionalString("ROLE") : nil
    configuration.facesStrangers = description.facesStrangers
    configuration.tracesEndpoint = settings.optionalString("OTEL_EXPORTER_OTLP_ENDPOINT").flatMap {
      $0.isEmpty ? nil : $0
    }
    configuration.tracesRatio = try ratio("OTEL_TRACES_SAMPLER_ARG", settings)
    configuration.errorsRate = try ratio("SENTRY_SAMPLE_RATE", settings)
    configuration.caPath = settings.optionalString("TELEMETRY_CA_FILE")
    if let headers = settings.optionalSecret("OTEL_EXPORTER_OTLP_HEADERS")?.revealed {
      guard let read = OTLPHeaders.read(headers) else {
        throw ServiceError(.configuration, "OTEL_EXPORTER_OTLP_HEADERS: expected NAME=VALUE,NAME=VALUE")
      }
      configuration.tracesHeaders = read
    }
    if let dsn = settings.optionalSecret("SENTRY_DSN")?.revealed, !dsn.isEmpty {
      do {
        configuration.errors = try SentryDSN(dsn)
      } catch {
        throw ServiceError(.configuration, "SENTRY_DSN: \(error)")
      }
    }
    return configuration
  }

  private static func ratio(_ name: String, _ settings: Settings) throws(ServiceError) -> Double {
    guard let ratio = Double(settings.string(name)), (0...1).contains(ratio) else {
      throw ServiceError(.configuration, "\(name): expected a number from 0 to 1, such as 0.01")
    }
    return ratio
  }
}
