internal import HTTPTransport
internal import HTTPTypes
package import Logging
internal import MeshRPC
internal import PostgresClient
internal import ServiceKit
package import Telemetry

/// Turns what routes throw into problem details; what is nobody's business becomes a 500 and a line in the log.
package struct ProblemWriter: Middleware {
  private let site: PageSite
  private let logger: Logger
  private let reporter: ErrorReporter?

  /// - Parameter reporter: hears of what becomes a 500.
  package init(site: PageSite, logger: Logger, reporter: ErrorReporter? = nil) {
    self.site = site
    self.logger = logger
    self.reporter = reporter
  }

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    do {
      return try await next(request)
    } catch {
      // Nobody is there to be answered.
      if Task.isCancelled { throw error }
      let personal = error as? PersonalError
      let error = personal?.cause ?? error
      let problem = Self.problem(for: error)
      if problem.status.code >= 500 {
        // That a service is away is told once by its readiness check, not by every request.
        logger.log(
          level: problem.status == .internalServerError ? .warning : .debug, "request failed",
          metadata: ["operation": "\(request.route.operation)", "error": "\(SafeDescription.of(error))"])
      }
      if problem.status == .internalServerError { reporter?.report(error, .request, at: request.route.pattern) }
      let requestID = RequestContext.current?.requestID
      guard ErrorPage.isWanted(request) else { return problem.response(requestID: requestID) }
      let isSignedOut = problem.status == .unauthorized && request.route.access != .anyone
      if isSignedOut, request.head.headerFields[.apiKey] == nil { return PersonalPages.signIn(request) }
      let language = Language(path: request.head.path ?? "/")
      let context = PageContext(
        site: site, language: language, path: "/", isCanonical: false, viewer: personal?.viewer)
      return ErrorPage(context: context, problem: problem, requestID: requestID).response()
    }
  }

  static func problem(for error: any Error) -> Problem {
    switch error {
    case let problem as Problem: problem
    case let error as RPCError: StatusMapping.problem(for: error)
    case let error as PostgresError: StatusMapping.problem(for: error)
    default: Problem(.internalServerError, .internal, "something went wrong here; it has been noted")
    }
  }
}
