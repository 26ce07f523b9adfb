internal import HTTPTransport
package import MeshRPC
package import TraceContext

/// Takes a request's id and trace from a call's metadata, or makes them, and sends them on with the calls made on its
/// behalf. In traces that are recorded, each call is a span on both sides.
package struct RequestContextInterceptor: ServerInterceptor, ClientInterceptor {
  private let tracer: Tracer?

  /// - Parameter tracer: decides which calls are recorded; of clients those that belong to recorded work are anyway.
  package init(tracer: Tracer? = nil) { self.tracer = tracer }

  package func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws {
    let head = context.requestHead
    let method = context.method
    // What goes on without end is no trace of its own, and probes are of no interest.
    let mayBegin = method.kind.hasSingleResponse && !method.service.utf8.starts(with: "grpc.".utf8)
    let (request, span) = RequestContext.begin(
      requestID: head["x-request-id"],
      trace: head.firstIndex(of: "traceparent").flatMap { head.withValue(at: $0) { TraceParent($0) } }, tracer,
      method.spanName, mayBegin: mayBegin)
    guard let span else { return try await request.run { try await next() } }
    do {
      try await request.run { try await span.run { try await next() } }
      span.end(method.attributes(.ok))
    } catch {
      let code = context.statusCode(for: error)
      span.end(method.attributes(code), failure: code.description)
      throw error
    }
  }

  package func intercept<Result>(
    _ method: MethodDescriptor, options: CallOptions, next: (CallOptions) async throws -> Result
  ) async throws -> Result {
    var options = options
    let request = RequestContext.current
    if let request, options.metadata[RequestContext.requestIDField] == nil {
      try options.metadata.set(request.requestID, for: RequestContext.requestIDField)
    }
    guard let span = Span.current?.child(method.spanName, .client) else {
      if let request, options.metadata[RequestContext.traceField] == nil {
        try options.metadata.set(request.trace.child.text, for: RequestContext.traceField)
      }
      return try await next(options)
    }
    do {
      try options.metadata.set(span.context.text, for: RequestContext.traceField)
      let result = try await next(options)
      span.end(method.attributes(.ok))
      return result
    } catch {
      let code = (error as? RPCError)?.code ?? .unknown
      span.end(method.attributes(code), failure: code.description)
      throw error
    }
  }
}

extension MethodDescriptor {
  /// `service/method`, as OpenTelemetry names RPC spans.
  fileprivate var spanName: String { "\(service)/\(name)" }

  fileprivate func attributes(_ code: RPCError.Code) -> KeyValuePairs<String, AttributeValue> {
    [
      "rpc.system": "grpc", "rpc.service": .text(service), "rpc.method": .text(name),
      "rpc.grpc.status_code": .integer(Int(code.rawValue)),
    ]
  }
}
