internal import HTTPTypes
internal import Logging
internal import ServiceKit
internal import Synchronization

/// Writes down what operators and admins do: before it is done, and then what became of it. What cannot be written down
/// is not done.
package struct AuditTrail: Middleware {
  private let log: any AuditLog
  private let logger: Logger

  init(_ log: any AuditLog, logger: Logger) {
    self.log = log
    self.logger = logger
  }

  package func concerns(_ route: Route) -> Bool { route.access == .operator || route.access == .admin }

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    let access = request.route.access
    guard access == .operator || access == .admin, !request.isRead, let principal = request.principal else {
      return try await next(request)
    }
    let act = AuditAct(
      account: principal.account, credential: principal.credential.name,
      operation: request.route.act ?? request.route.operation,
      arguments: request.pathValues.map { String($0.prefix(200)) },
      clientAddress: request.client.address.map { "\($0)" } ?? "",
      requestID: RequestContext.current?.requestID ?? "")
    let id = try await log.begin(act)
    var request = request
    let note = AuditNote()
    request.audit = note
    do {
      let response = try await next(request)
      await end(id, response.status.code, note)
      return response
    } catch {
      await end(id, ProblemWriter.problem(for: error).status.code, note)
      throw error
    }
  }

  /// The act is done by now: an outcome that cannot be written leaves the entry without one, and a line in the log.
  private func end(_ id: Int64, _ status: Int, _ note: AuditNote) async {
    do {
      try await log.end(id, status: status, detail: note.text)
    } catch {
      logger.error(
        "the outcome of an act was not written to the audit log",
        metadata: ["entry": "\(id)", "status": "\(status)", "error": "\(SafeDescription.of(error))"])
    }
  }
}

/// What a route says of its act, for the audit log.
package final class AuditNote: Sendable {
  private let parts = Mutex<[String]>([])

  func add(_ text: String) { parts.withLock { $0.append(text) } }

  var text: String { parts.withLock { $0.joined(separator: "; ") } }
}
