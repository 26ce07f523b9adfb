package import HTTPTransport
internal import HTTPTypes
package import Logging
internal import NIOCore
internal import ServiceKit
package import TraceContext

/// The public door: finds the route of a request, sends it through the middlewares, and writes what comes back.
package struct Gateway: HTTPRequestHandler {
  private let handler: AsyncHTTPHandler
  private let prompt: PromptAnswers

  /// - Parameters:
  ///   - middlewares: outermost first.
  ///   - tracer: which requests are recorded. Kept answers that are given on the spot never are: nothing behind them is
  ///     asked, and their metrics tell all there is to tell.
  package init(
    router: Router, middlewares: [any Middleware], parts: GatewayParts, logger: Logger, tracer: Tracer? = nil
  ) {
    prompt = PromptAnswers(
      cache: parts.cache, limits: parts.limits, clients: parts.clients, cors: parts.cors, logger: logger)
    let clients = parts.clients
    let chains = router.routes.map { known in middlewares.filter { $0.concerns(known.route) } }
    handler = AsyncHTTPHandler(
      onError: { logger.debug("request broken off", metadata: ["error": "\(SafeDescription.of($0))"]) },
      handler: { head, body, writer in
        let found = Self.resolve(head, router)
        let chain = found.known.index.map { chains[$0] } ?? middlewares
        let (context, span) = RequestContext.begin(
          requestID: head.headerFields.value(of: .requestID),
          traceparent: head.headerFields.value(of: .traceParent), tracer,
          found.route.spanName(head.method), mayBegin: !found.route.isProbe)
        try await context.run {
          // The task begins on the connection's loop, inside `accept`.
          let client = clients.client(of: writer.connection, HeaderBlock(head.headerFields))
          guard let span else {
            var response = try await Self.respond(head, body, writer, client, found, chain)
            response.fields[.requestID] = context.requestID
            return try await Self.write(response, to: head, writer)
          }
          do {
            let status = try await span.run {
              var response = try await Self.respond(head, body, writer, client, found, chain)
              response.fields[.requestID] = context.requestID
              try await Self.write(response, to: head, writer)
              return response.status.code
            }
            span.end(
              found.route.attributes(head.method, status), failure: status >= 500 ? "status \(status)" : nil)
          } catch {
            span.end(found.route.attributes(head.method, nil), failure: "broken off")
            throw error
          }
        }
      })
  }

  /// What a request asks for.
  private struct Found {
    var known: KnownRoute
    var route: Route { known.route }
    var pathValues: [String] = []
    var query = QueryItems()
  }

  package func accept(
    _ stream: any HTTPStream, head: HeaderBlock, endStream: Bool
  ) -> (any HTTPStreamDelegate)? {
    if endStream, prompt.answer(stream, head) { return nil }
    return handler.accept(stream, head: head, endStream: endStream)
  }

  private static func respond(
    _ head: HTTPRequest, _ body: HTTPRequestBody, _ writer: HTTPResponseWriter, _ client: Client,
    _ found: Found, _ middlewares: [any Middleware]
  ) async throws -> GatewayResponse {
    var request = GatewayRequest(
      head: head, known: found.known, pathValues: found.pathValues, query: found.query, connection: writer.connection,
      client: client,
      body: body)
    request.requestedUpgrade = writer.requestedUpgrade
    return try await Next(middlewares[...])(request)
  }

  /// Requests that have no route get one that answers with the reason, so that every answer goes the same way.
  private static func resolve(_ head: HTTPRequest, _ router: Router) -> Found {
    do {
      let path = head.path ?? "/"
      guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
        throw Problem(.badRequest, .invalidRequest, "the path is not percent-encoded")
      }
      let question = path.utf8.firstIndex(of: UInt8(ascii: "?")) ?? path.endIndex
      switch try router.match(head.method, path[..<question]) {
      case .notFound: throw Problem.noSuchPage
      case .wrongMethod(let allowed):
        let list = allowed.map(\.rawValue).joined(separator: ", ")
        if head.method == .options { return Found(known: KnownRoute(.options(allow: list))) }
        throw Problem(
          .methodNotAllowed, .methodNotAllowed,
          "\(head.method.rawValue.prefix(20)) is not allowed here; there are \(list)"
        )
        .with(.allow, list)
      case .found(let known, let values):
        return Found(known: known, pathValues: values, query: try QueryItems(path[question...].dropFirst()))
      }
    } catch {
      return Found(known: KnownRoute(.failing(error)))
    }
  }

  private static func write(
    _ response: GatewayResponse, to head: HTTPRequest, _ writer: HTTPResponseWriter
  ) async throws {
    var fields = response.fields
    fields[.date] = HTTPDate.now()
    var body = response.body
    if response.isStreamed {
      let start = HTTPResponse(status: response.status, headerFields: fields)
      // What would follow is not for HEAD.
      if head.method == .head { return writer.writeHead(start) }
      return try await hand(response, start, writer)
    }
    if head.method == .head {
      fields[.contentLength] = String(body.readableBytes)
      body.clear()
    }
    writer.respond(HTTPResponse(status: response.status, headerFields: fields), body: body)
  }

  private static func hand(
    _ response: GatewayResponse, _ start: HTTPResponse, _ writer: HTTPResponseWriter
  ) async throws {
    switch response.handover {
    case .body(let successor)?: writer.handOver(start, to: successor)
    case .whole(let successor)?: writer.handOver(nil) { successor($0, start.headerFields) }
    case .upgrade(let install)?: writer.upgrade(start, to: install)
    case nil:
      writer.writeHead(start)
      try await response.stream?(writer)
      writer.finish()
    }
  }
}

extension Route {
  /// As OpenTelemetry names spans of HTTP servers.
  fileprivate func spanName(_ method: HTTPRequest.Method) -> String { "\(HTTPMetrics.label(method)) \(pattern)" }

  /// Whether it is asked by those who look after the process.
  fileprivate var isProbe: Bool { operation == "healthz" || operation == "readyz" }

  fileprivate func attributes(
    _ method: HTTPRequest.Method, _ status: Int?
  ) -> KeyValuePairs<String, AttributeValue> {
    let label = AttributeValue.text(HTTPMetrics.label(method))
    guard let status else { return ["http.request.method": label, "http.route": .text(pattern)] }
    return [
      "http.request.method": label, "http.route": .text(pattern), "http.response.status_code": .integer(status),
    ]
  }

  fileprivate static func failing(_ error: any Error) -> Route {
    Route(.get, "unmatched", "unmatched", tag: "", "", response: .nothing) { _ in throw error }
  }

  fileprivate static func options(allow: String) -> Route {
    Route(.options, "options", "options", tag: "", "", status: .noContent, response: .nothing) { _ in
      var response = GatewayResponse.noContent
      response.fields[.allow] = allow
      return response
    }
  }
}

extension HTTPField.Name {
  static let traceParent = HTTPField.Name("traceparent") ?? .xContentTypeOptions
}
