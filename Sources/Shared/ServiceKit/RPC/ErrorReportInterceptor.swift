internal import MeshRPC
internal import Telemetry

/// Reports calls that end as no call should: with INTERNAL, UNKNOWN or DATA_LOSS.
struct ErrorReportInterceptor: ServerInterceptor {
  let reporter: ErrorReporter

  func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws {
    do {
      try await next()
    } catch {
      switch context.statusCode(for: error) {
      case .internal, .unknown, .dataLoss:
        if !Task.isCancelled { reporter.report(error, .rpc, at: context.method.path) }
      default: break
      }
      throw error
    }
  }
}
