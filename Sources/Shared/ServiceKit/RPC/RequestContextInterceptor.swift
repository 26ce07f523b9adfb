internal import HTTPTransport
package import MeshRPC
internal import ServiceContextModule

/// Takes a request's id and trace from a call's metadata, or makes them, and sends them on with the calls made on its
/// behalf.
package struct RequestContextInterceptor: ServerInterceptor, ClientInterceptor {
  package init() {}

  package func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws {
    let head = context.requestHead
    let request = RequestContext(requestID: head["x-request-id"], traceparent: head["traceparent"])
    try await request.run { try await next() }
  }

  package func intercept<Result>(
    _ method: MethodDescriptor, options: CallOptions, next: (CallOptions) async throws -> Result
  ) async throws -> Result {
    guard let request = RequestContext.current else { return try await next(options) }
    var options = options
    if options.metadata[RequestContext.requestIDField] == nil {
      try options.metadata.set(request.requestID, for: RequestContext.requestIDField)
    }
    if options.metadata[RequestContext.traceField] == nil {
      try options.metadata.set(request.trace.child.text, for: RequestContext.traceField)
    }
    return try await next(options)
  }
}
