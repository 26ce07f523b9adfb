internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge
internal import ServiceKit

/// What operators and admins see and do, whichever way they ask: the REST interface and the pages both go through here.
struct Operations: Sendable {
  let backends: Backends
  let accounts: AccountParts
  let readiness: Readiness
  let flushes: CacheFlushes
  let trends: Trends
  let imports: ImportDesk

  /// What a service told of itself.
  struct ServiceReport: Sendable {
    var name: String
    var isReady = false
    var version: String?
    var took: Duration?
    /// Behind the events of the service that it follows; nil for one that tells none.
    var lag: GoogleProtobuf.Duration?
    /// Why it did not answer.
    var reason: String?
  }

  /// This gateway first. A service that is away has a reason.
  func services() async -> [ServiceReport] {
    let reports = await withTaskGroup(of: ServiceReport.self) { group in
      for service in Backends.Reader.allCases { group.addTask { await report(of: service) } }
      return await group.reduce(into: [String: ServiceReport]()) { $0[$1.name] = $1 }
    }
    return [ServiceReport(name: "edge", isReady: readiness.isReady, version: ServiceDescription.version)]
      + Backends.Reader.allCases.map { reports[$0.rawValue] ?? ServiceReport(name: $0.rawValue) }
  }

  private func report(of service: Backends.Reader) async -> ServiceReport {
    var report = ServiceReport(name: service.rawValue)
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
}
