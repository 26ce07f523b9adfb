package import ServiceContextModule
package import TraceContext

/// What is known of the request on whose behalf the current task works: carried by `ServiceContext`, shown in each line
/// of the log, sent on with each call.
package struct RequestContext: Hashable, Sendable {
  private let given: String?
  private let made: UInt64
  package let trace: TraceParent

  /// The name of the field that carries the request id.
  package static let requestIDField = "x-request-id"
  package static let traceField = "traceparent"

  /// Takes over what the caller sent as far as it is well formed, and makes the rest.
  package init(requestID: String?, traceparent: String?) {
    self.init(requestID: requestID, trace: traceparent.flatMap { TraceParent($0) } ?? TraceParent())
  }

  private init(requestID: String?, trace: TraceParent) {
    given = requestID.flatMap { Self.isValid($0) ? $0 : nil }
    made = given == nil ? UniqueNumber.next() : 0
    self.trace = trace
  }

  /// The same, with a span for this process's part of the trace if that is recorded.
  ///
  /// - Parameter mayBegin: whether a trace may begin here.
  package static func begin(
    requestID: String?, traceparent: String?, _ tracer: Tracer?, _ name: @autoclosure () -> String,
    mayBegin: Bool = true
  ) -> (RequestContext, Span?) {
    begin(
      requestID: requestID, trace: traceparent.flatMap { TraceParent($0) }, tracer, name(), mayBegin: mayBegin)
  }

  /// The same, of a `traceparent` that was read.
  static func begin(
    requestID: String?, trace given: TraceParent?, _ tracer: Tracer?, _ name: @autoclosure () -> String,
    mayBegin: Bool = true
  ) -> (RequestContext, Span?) {
    guard let tracer else { return (RequestContext(requestID: requestID, trace: given ?? TraceParent()), nil) }
    if let span = tracer.begin(name(), .server, from: given, mayBegin: mayBegin) {
      return (RequestContext(requestID: requestID, trace: span.context), span)
    }
    // What is not recorded here is not to be recorded behind.
    return (RequestContext(requestID: requestID, trace: given?.sampled(false) ?? TraceParent()), nil)
  }

  /// 1 to 128 of `A-Z a-z 0-9 . _ -`: the caller's `x-request-id`, or made here.
  package var requestID: String { given ?? HexText.make(made) }

  /// An id for a request that came without one, as 16 bytes of ASCII; for answers that no task is made for.
  package static func withNewRequestID(_ body: (UnsafeRawBufferPointer) -> Void) {
    withUnsafeBytes(of: HexText.digits(UniqueNumber.next())) { body($0) }
  }

  /// Whether bytes may be taken over as a request's id.
  package static func isValidRequestID(_ bytes: UnsafeRawBufferPointer) -> Bool {
    (1...128).contains(bytes.count) && bytes.allSatisfy(isIDByte)
  }

  /// That of the current task.
  package static var current: RequestContext? { ServiceContext.current?.request }

  /// Runs `body` on behalf of this request.
  package nonisolated(nonsending) func run<Value>(
    _ body: nonisolated(nonsending) () async throws -> Value
  ) async rethrows -> Value {
    var context = ServiceContext.current ?? .topLevel
    context.request = self
    return try await ServiceContext.$current.withValue(context) { try await body() }
  }

  static func isValid(_ id: String) -> Bool {
    (1...128).contains(id.utf8.count) && id.utf8.allSatisfy(isIDByte)
  }

  private static func isIDByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}

private enum RequestContextKey: ServiceContextKey {
  typealias Value = RequestContext
  static var nameOverride: String? { "request" }
}

extension ServiceContext {
  package var request: RequestContext? {
    get { self[RequestContextKey.self] }
    set { self[RequestContextKey.self] = newValue }
  }
}
