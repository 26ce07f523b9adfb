package import Logging

/// Writes a line for each call of a server: method, status, duration, peer. Failures of the server's own making are
/// warnings, the rest is for debugging.
package struct LoggingInterceptor: ServerInterceptor {
  private let logger: Logger

  package init(logger: Logger) { self.logger = logger }

  package func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws {
    let start = ContinuousClock.now
    do {
      try await next()
      log(context, start, level: .debug, code: .ok, error: nil)
    } catch {
      let code = context.statusCode(for: error)
      let isOurs: Bool
      switch code {
      case .unknown, .internal, .dataLoss, .unavailable: isOurs = true
      default: isOurs = false
      }
      log(context, start, level: isOurs ? .warning : .debug, code: code, error: error)
      throw error
    }
  }

  private func log(
    _ context: ServerContext, _ start: ContinuousClock.Instant, level: Logger.Level, code: RPCError.Code,
    error: (any Error)?
  ) {
    guard logger.logLevel <= level else { return }
    let microseconds = (ContinuousClock.now - start).components.attoseconds / 1_000_000_000_000
    let seconds = (ContinuousClock.now - start).components.seconds
    var metadata: Logger.Metadata = [
      "method": "\(context.method.path)", "code": "\(code)", "us": "\(seconds * 1_000_000 + microseconds)",
    ]
    if let address = context.remoteAddress { metadata["peer"] = "\(address)" }
    if let error { metadata["error"] = (error as? RPCError).map { "\($0)" } ?? "\(type(of: error))" }
    logger.log(level: level, "call ended", metadata: metadata)
  }
}
