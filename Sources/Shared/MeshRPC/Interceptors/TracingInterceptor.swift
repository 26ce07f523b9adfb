internal import Instrumentation
internal import ServiceContextModule
internal import Tracing

/// A span around each call, with the trace context carried in the metadata (`traceparent`, W3C Trace Context) by
/// whatever tracer the process has installed. Without one it costs next to nothing.
package struct TracingInterceptor: ServerInterceptor, ClientInterceptor {
  package init() {}

  package func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws {
    var parent = ServiceContext.topLevel
    InstrumentationSystem.instrument.extract(context.metadata, into: &parent, using: MetadataExtractor())
    try await withSpan(context.method.spanName, context: parent, ofKind: .server) { span in
      span.describe(context.method)
      do {
        try await next()
        span.attributes["rpc.grpc.status_code"] = 0
      } catch {
        span.attributes["rpc.grpc.status_code"] = Int(context.statusCode(for: error).rawValue)
        throw error
      }
    }
  }

  package func intercept<Result>(
    _ method: MethodDescriptor, options: CallOptions, next: (CallOptions) async throws -> Result
  ) async throws -> Result {
    let span = startSpan(method.spanName, context: ServiceContext.current ?? .topLevel, ofKind: .client)
    defer { span.end() }
    span.describe(method)
    var options = options
    InstrumentationSystem.instrument.inject(span.context, into: &options.metadata, using: MetadataInjector())
    do {
      let result = try await next(options)
      span.attributes["rpc.grpc.status_code"] = 0
      return result
    } catch {
      span.attributes["rpc.grpc.status_code"] = Int((error as? RPCError ?? .unknownFailure).code.rawValue)
      span.recordError(error)
      throw error
    }
  }
}

extension Span {
  fileprivate func describe(_ method: MethodDescriptor) {
    attributes["rpc.system"] = "grpc"
    attributes["rpc.service"] = method.service
    attributes["rpc.method"] = method.name
  }
}

extension MethodDescriptor {
  /// `service/method`, as OpenTelemetry names RPC spans.
  fileprivate var spanName: String { "\(service)/\(name)" }
}

extension RPCError {
  fileprivate static let unknownFailure = RPCError(code: .unknown, message: "")
}

private struct MetadataExtractor: Extractor {
  func extract(key: String, from carrier: Metadata) -> String? { carrier[key.lowercased()] }
}

private struct MetadataInjector: Injector {
  func inject(_ value: String, forKey key: String, into carrier: inout Metadata) {
    // A tracer's keys and values are header fields already; one that is not is of no use to anybody.
    try? carrier.set(value, for: key)
  }
}
