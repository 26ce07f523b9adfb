internal import HTTPTypes
package import Logging

/// A line for each request: method, route, status, time. Never the query or header fields, which may hold secrets.
package struct AccessLog: Middleware {
  private let logger: Logger

  package init(logger: Logger) { self.logger = logger }

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    let level = Logger.Level.debug
    guard logger.logLevel <= level else { return try await next(request) }
    let start = ContinuousClock.now
    let response = try await next(request)
    let elapsed = (ContinuousClock.now - start).components
    logger.log(
      level: level, "request",
      metadata: [
        "method": "\(HTTPMetrics.label(request.head.method))", "route": "\(request.route.pattern)",
        "status": "\(response.status.code)",
        "us": "\(elapsed.seconds * 1_000_000 + elapsed.attoseconds / 1_000_000_000_000)",
      ])
    return response
  }
}
