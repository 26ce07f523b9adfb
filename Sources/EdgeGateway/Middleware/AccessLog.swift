internal import HTTPTypes
package import Logging

/// A line for each request: method, route, status, time. Never the query or header fields, which may hold secrets.
package struct AccessLog: Middleware {
  private static let level = Logger.Level.debug

  private let logger: Logger

  package init(logger: Logger) { self.logger = logger }

  package func concerns(_ route: Route) -> Bool { Self.isWritten(logger) }

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    guard logger.logLevel <= Self.level else { return try await next(request) }
    let start = ContinuousClock.now
    let response = try await next(request)
    let elapsed = (ContinuousClock.now - start).components
    Self.write(
      logger, method: HTTPMetrics.label(request.head.method), route: request.route, status: response.status.code,
      nanoseconds: elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000)
    return response
  }

  /// Whether lines of this level are written.
  static func isWritten(_ logger: Logger) -> Bool { logger.logLevel <= level }

  /// Writes the line, if lines of this level are written.
  static func write(_ logger: Logger, method: String, route: Route, status: Int, nanoseconds: Int64) {
    guard logger.logLevel <= level else { return }
    logger.log(
      level: level, "request",
      metadata: [
        "method": "\(method)", "route": "\(route.pattern)", "status": "\(status)", "us": "\(nanoseconds / 1000)",
      ])
  }
}
