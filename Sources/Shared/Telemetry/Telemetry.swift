internal import Glibc
package import Logging
package import NIOCore
package import TraceContext

/// What a process tells of itself to those who watch: traces by OTLP, errors as Sentry's events. Each where it is
/// configured; what is not costs nothing.
///
/// Nothing here ever makes a request wait or fail: what cannot be sent is dropped and counted.
package final class Telemetry: Sendable {
  package struct Configuration: Sendable {
    /// "catalog", as traces and reports name it.
    package var service: String
    package var version: String
    /// "worker", where a service has roles.
    package var role: String?
    package var environment: String
    /// The base of an OTLP receiver, `http://collector:4318`; nil for no traces.
    package var tracesEndpoint: String?
    /// With each request to it.
    package var tracesHeaders: [(name: String, value: String)] = []
    /// 0 to 1: the share of traces beginning here that are recorded.
    package var tracesRatio = 0.0
    /// Whether strangers call this process.
    package var facesStrangers = false
    package var errors: SentryDSN?
    /// 0 to 1.
    package var errorsRate = 1.0
    /// Authorities (PEM) to trust instead of the system's.
    package var caPath: String?

    package init(service: String, version: String, environment: String) {
      self.service = service
      self.version = version
      self.environment = environment
    }
  }

  /// What cannot be used, by setting.
  package struct Problem: Error {
    package enum Part: Sendable { case traces, errors }
    package var part: Part
    package var message: String
  }

  /// Nil when no traces are recorded.
  package let tracer: Tracer?
  /// Nil when errors are not reported.
  package let reporter: ErrorReporter?
  private let traces: TraceExporter?

  /// - Parameter logger: of what is wrong with the receivers themselves.
  package init(_ configuration: Configuration, group: any EventLoopGroup, logger: Logger) throws(Problem) {
    let host = Self.hostName()
    // Shown from the start, so that a missing series means a missing process.
    for signal in ExportFigures.Signal.allCases { _ = ExportFigures(signal) }
    if let endpoint = configuration.tracesEndpoint {
      do {
        let exporter = try TraceExporter(
          endpoint: endpoint, headers: configuration.tracesHeaders, traces: Self.resource(configuration, host),
          caPath: configuration.caPath, group: group, logger: logger)
        traces = exporter
        tracer = Tracer(
          ratio: configuration.tracesRatio, facesStrangers: configuration.facesStrangers, sink: exporter)
      } catch {
        throw Problem(part: .traces, message: "\(error)")
      }
    } else {
      traces = nil
      tracer = nil
    }
    guard let dsn = configuration.errors else {
      reporter = nil
      return
    }
    do {
      reporter = try ErrorReporter(
        dsn, rate: configuration.errorsRate,
        origin: SentryEvent.Origin(
          release: "fiyatradari@\(configuration.version)", environment: configuration.environment, serverName: host,
          service: configuration.service, role: configuration.role), version: configuration.version,
        caPath: configuration.caPath, group: group, logger: logger)
    } catch {
      throw Problem(part: .errors, message: "\(error)")
    }
  }

  /// Begins to send.
  package func start() {
    traces?.start()
    reporter?.start()
  }

  /// Sends what waits, as far as the time allows; what is left is dropped.
  package func close(within limit: Duration) async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.traces?.close(within: limit) }
      group.addTask { await self.reporter?.close(within: limit) }
    }
  }

  /// By OpenTelemetry's semantic conventions for resources.
  private static func resource(_ configuration: Configuration, _ host: String) -> OTLPTraces {
    var resource: [(name: String, value: AttributeValue)] = [
      ("service.name", .text(configuration.service)), ("service.version", .text(configuration.version)),
      ("service.namespace", "fiyatradari"), ("service.instance.id", .text("\(host)-\(getpid())")),
      ("deployment.environment.name", .text(configuration.environment)), ("telemetry.sdk.name", "fiyatradari"),
      ("telemetry.sdk.language", "swift"), ("telemetry.sdk.version", .text(configuration.version)),
    ]
    if let role = configuration.role { resource.append(("fiyatradari.role", .text(role))) }
    return OTLPTraces(resource: resource, version: configuration.version)
  }

  private static func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
