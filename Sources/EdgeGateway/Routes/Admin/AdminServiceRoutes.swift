internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge
internal import ServiceKit

/// The mesh's services, as this gateway reaches them.
struct AdminServiceRoutes {
  let backends: Backends
  let readiness: Readiness

  var routes: [Route] {
    [
      Route(
        .get, "/v1/admin/services", "listServices", tag: "admin",
        "Every service: whether it takes calls, its version, how long it took to say so, and how far it is behind the "
          + "events of others. One that does not answer has a reason.",
        access: .operator, response: .object([("services", .anyJSON)]), handler: list)
    ]
  }

  /// What a service told.
  private struct Report: Sendable {
    var isReady = false
    var version: String?
    var took: Duration?
    /// Behind the events of the service that it follows; nil for one that tells none.
    var lag: GoogleProtobuf.Duration?
    var reason: String?
  }

  @Sendable private func list(_ request: GatewayRequest) async throws -> GatewayResponse {
    let reports = await withTaskGroup(of: (Backends.Reader, Report).self) { group in
      for service in Backends.Reader.allCases { group.addTask { (service, await report(of: service)) } }
      return await group.reduce(into: [Backends.Reader: Report]()) { $0[$1.0] = $1.1 }
    }
    var json = JSONWriter()
    json.beginObject()
    json.name("services")
    json.beginArray()
    Self.write("edge", Report(isReady: readiness.isReady, version: ServiceDescription.version), &json)
    for service in Backends.Reader.allCases { Self.write(service.rawValue, reports[service] ?? Report(), &json) }
    json.endArray()
    json.endObject()
    return .json(json.bytes)
  }

  private func report(of service: Backends.Reader) async -> Report {
    var report = Report()
    do {
      let start = ContinuousClock.now
      let health = try await backends.health(of: service)
      report.took = ContinuousClock.now - start
      report.isReady = health.isServing
      report.version = health.version
      switch service {
      case .catalog: break
      case .pricing:
        report.lag = try await backends.scheduler.getStatus(.init(), options: backends.read).catalogLag
      case .notifier:
        report.lag = try await backends.notifier.getStatus(.init(), options: backends.read).pricingLag
      }
    } catch {
      report.reason = ProblemWriter.problem(for: error).detail
    }
    return report
  }

  private static func write(_ name: String, _ report: Report, _ json: inout JSONWriter) {
    json.beginObject()
    json.name("name")
    json.string(name)
    json.name("ready")
    json.bool(report.isReady)
    if let version = report.version {
      json.name("version")
      json.string(version)
    }
    if let took = report.took {
      json.name("answeredInMilliseconds")
      json.integer(took.components.seconds * 1000 + took.components.attoseconds / 1_000_000_000_000_000)
    }
    if let lag = report.lag {
      json.name("lagMilliseconds")
      json.integer(lag.seconds * 1000 + Int64(lag.nanos) / 1_000_000)
    }
    if let reason = report.reason {
      json.name("reason")
      json.string(reason)
    }
    json.endObject()
  }
}
