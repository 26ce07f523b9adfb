/// Something that stands around every request: it may answer itself, change request or response, or look on.
package protocol Middleware: Sendable {
  /// - Throws: `Problem`, or whatever `next` throws.
  func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse

  /// Whether it has anything to do with requests of this route; it is left out of the chain if not.
  func concerns(_ route: Route) -> Bool
}

extension Middleware {
  package func concerns(_ route: Route) -> Bool { true }
}

/// The rest of the chain.
package struct Next: Sendable {
  private let middlewares: ArraySlice<any Middleware>

  /// - Parameter middlewares: outermost first; behind them comes the route's handler.
  package init(_ middlewares: ArraySlice<any Middleware>) { self.middlewares = middlewares }

  package func callAsFunction(_ request: GatewayRequest) async throws -> GatewayResponse {
    guard let first = middlewares.first else { return try await request.route.handler(request) }
    return try await first.respond(to: request, next: Next(middlewares.dropFirst()))
  }
}
