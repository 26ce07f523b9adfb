internal import MeshRPC
internal import PostgresClient
package import Telemetry
internal import TraceContext

extension ErrorReporter {
  /// Reports an error on behalf of the current task's request.
  ///
  /// - Parameters:
  ///   - work: what was at work.
  ///   - place: which of its kind, of few: a route's pattern, a method's path, a task's name.
  package func report(
    _ error: any Error, _ work: ErrorReport.Work, at place: String, level: ErrorReport.Level = .error
  ) {
    var message = SafeDescription.of(error)
    if let cause = (error as? RPCError)?.cause { message += "; cause: \(SafeDescription.of(cause))" }
    var report = ErrorReport(work, at: place, type: Self.kind(of: error), message: message)
    report.level = level
    report.takeContext()
    self.report(report)
  }

  /// The type of what began it, and of errors that stand for many kinds which one, so that they are told apart.
  private static func kind(of error: any Error) -> String {
    switch error {
    case let error as RPCError: error.cause.map { kind(of: $0) } ?? "RPCError \(error.code)"
    case let error as PostgresError: "PostgresError \(error.sqlState.map { "\($0)" } ?? error.code.description)"
    default: "\(type(of: error))"
    }
  }
}

extension ErrorReport {
  mutating func takeContext() {
    let request = RequestContext.current
    requestID = request?.requestID
    trace = Span.current?.context ?? request?.trace
  }
}
