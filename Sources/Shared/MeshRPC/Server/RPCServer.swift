package import HTTPTransport
internal import NIOCore
internal import Synchronization

/// What a gRPC server allows.
package struct RPCServerConfiguration: Sendable {
  /// Bytes of a request message, inflated. Larger ones end with RESOURCE_EXHAUSTED. Default 4 MiB, as gRPC's.
  package var maxRequestBytes = 4 * 1024 * 1024
  /// Bytes of a response message. Default: none but the protocol's own 4 GiB.
  package var maxResponseBytes = Int(UInt32.max)
  /// Bytes of a call's metadata. Default 16 KiB.
  package var maxMetadataBytes = Metadata.defaultSizeLimit
  /// Handlers that may run at once; above it calls are turned away with UNAVAILABLE before they cost anything.
  package var maxConcurrentCalls = 10_000
  /// Turns an error that a handler threw, and that is no `RPCError`, into the status that the client sees. Nil means
  /// that the error stays unknown.
  package var errorMapper: (@Sendable (any Error) -> RPCError?)?

  package init() {}
}

/// Serves gRPC calls (PROTOCOL-HTTP2) on any HTTP transport: the request handler of a mesh service.
package final class RPCServer: HTTPRequestHandler {
  let configuration: RPCServerConfiguration
  /// The services served, by full name.
  package let services: [String: ServiceDefinition]
  private let methods: [String: MethodHandler]
  private let interceptors: [any ServerInterceptor]
  private let fallback: (any HTTPRequestHandler)?
  private let runningCalls = Atomic<Int>(0)

  /// - Parameters:
  ///   - interceptors: outermost first.
  ///   - fallback: answers requests that are not gRPC; without one they get 415 or 405.
  /// - Throws: `RPCError` ALREADY_EXISTS when two services bear the same name.
  package init(
    services: [ServiceDefinition], interceptors: [any ServerInterceptor] = [],
    configuration: RPCServerConfiguration = RPCServerConfiguration(), fallback: (any HTTPRequestHandler)? = nil
  ) throws {
    self.configuration = configuration
    self.interceptors = interceptors
    self.fallback = fallback
    var byName: [String: ServiceDefinition] = [:]
    var methods: [String: MethodHandler] = [:]
    for service in services {
      guard byName.updateValue(service, forKey: service.name) == nil else {
        throw RPCError(code: .alreadyExists, message: "service \(service.name) is registered twice")
      }
      for method in service.methods { methods[method.descriptor.path] = method }
    }
    self.services = byName
    self.methods = methods
  }

  /// Handlers that run now, those of cancelled calls included until they return.
  package var runningCallCount: Int { runningCalls.load(ordering: .relaxed) }

  // MARK: Accepting

  package func accept(
    _ stream: any HTTPStream, head: HeaderBlock, endStream: Bool
  ) -> (any HTTPStreamDelegate)? {
    guard let type = head.firstIndex(of: "content-type"), head.withValue(at: type, { ContentType($0) != nil }) else {
      if let fallback { return fallback.accept(stream, head: head, endStream: endStream) }
      refuse(stream, status: "415", text: "this port speaks gRPC: content-type must be application/grpc\n")
      return nil
    }
    guard head.value(of: ":method", equals: "POST") else {
      refuse(stream, status: "405", text: "gRPC calls are POST requests\n")
      return nil
    }
    guard stream.connection.version == .http2 else {
      refuse(stream, status: "505", text: "gRPC needs HTTP/2\n")
      return nil
    }
    do {
      let call = try makeCall(stream, head: head)
      call.begin(endStream: endStream)
      return call
    } catch {
      var block = ResponseHead.trailersOnly
      if error.code == .unimplemented {
        block.append("grpc-accept-encoding", CompressionSet.all.acceptEncoding)
      }
      ResponseHead.appendStatus(error, trailing: nil, to: &block)
      stream.send(head: block, endStream: true)
      return nil
    }
  }

  private func makeCall(_ stream: any HTTPStream, head: HeaderBlock) throws(RPCError) -> ServerCall {
    guard let path = head[":path"], let handler = methods[path] else { throw unknownMethod(head[":path"] ?? "") }
    var deadline = Deadline.never
    if let index = head.firstIndex(of: "grpc-timeout") {
      deadline = Deadline(after: try head.value(at: index, GRPCTimeout.parse), from: .now())
      // The timer would come too late: a handler that does not wait ends before the loop looks at its timers.
      guard !deadline.hasPassed(at: .now()) else {
        throw RPCError(code: .deadlineExceeded, message: "the deadline had passed when the call arrived")
      }
    }
    var compression = CompressionAlgorithm.identity
    if let index = head.firstIndex(of: "grpc-encoding") {
      compression = try head.value(at: index) { bytes throws(RPCError) in
        try CompressionAlgorithm(grpcEncoding: bytes)
      }
    }
    let accepts = head.firstIndex(of: "grpc-accept-encoding").map { index in
      head.withValue(at: index) { CompressionSet(grpcAcceptEncoding: $0) }
    }
    // Binary values can be malformed, and then the call must not begin; text needs no reading until it is asked for.
    let metadata = head.hasBinaryField ? try Metadata(head, sizeLimit: configuration.maxMetadataBytes) : nil
    return ServerCall(
      stream: stream, head: head, handler: handler, server: self, deadline: deadline, compression: compression,
      accepts: accepts ?? .identity, metadata: metadata)
  }

  private func unknownMethod(_ path: String) -> RPCError {
    let parts = path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isEmpty else {
      return RPCError(code: .unimplemented, message: "malformed path: expected /service/method")
    }
    let service = String(parts[1].prefix(256))
    return RPCError(
      code: .unimplemented,
      message: services[service] == nil
        ? "unknown service \(service)" : "unknown method \(parts[2].prefix(256)) of service \(service)")
  }

  private func refuse(_ stream: any HTTPStream, status: String, text: String) {
    var block = HeaderBlock()
    block.append(":status", status)
    block.append("content-type", "text/plain; charset=utf-8")
    block.append("content-length", String(text.utf8.count))
    if status == "405" { block.append("allow", "POST") }
    stream.send(head: block, endStream: false)
    stream.send(data: ByteBuffer(string: text), endStream: true)
  }

  // MARK: For calls

  var hasInterceptors: Bool { !interceptors.isEmpty }

  func callStarted() -> Bool {
    let count = runningCalls.add(1, ordering: .relaxed).newValue
    if count <= configuration.maxConcurrentCalls { return true }
    runningCalls.subtract(1, ordering: .relaxed)
    return false
  }

  func callEnded() { runningCalls.subtract(1, ordering: .relaxed) }

  func intercept(_ call: ServerCall, _ body: @Sendable () async throws -> Void) async throws {
    try await intercept(ServerContext(call: call), at: 0, body)
  }

  private func intercept(
    _ context: ServerContext, at index: Int, _ body: @Sendable () async throws -> Void
  ) async throws {
    guard index < interceptors.count else { return try await body() }
    try await withoutActuallyEscaping(body) { body in
      try await interceptors[index].intercept(context) { try await self.intercept(context, at: index + 1, body) }
    }
  }

  func status(for error: any Error) -> RPCError {
    if let error = error as? RPCError { return error }
    if error is CancellationError { return RPCError(code: .cancelled, message: "the call was cancelled") }
    if let mapped = configuration.errorMapper?(error) { return mapped }
    // What went wrong inside is not the client's to know.
    return RPCError(code: .unknown, message: "the handler failed", cause: error)
  }
}

extension HeaderBlock {
  /// `withValue` for bodies that throw an `RPCError`.
  func value<R>(at index: Int, _ body: (UnsafeRawBufferPointer) throws(RPCError) -> R) throws(RPCError) -> R {
    let result: Result<R, RPCError> = withValue(at: index) { bytes in
      do throws(RPCError) { return .success(try body(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// Whether any field's name ends in `-bin`.
  var hasBinaryField: Bool {
    for index in 0..<count {
      let isBinary = withName(at: index) { name in
        name.count > 4 && name[name.count - 4] == UInt8(ascii: "-") && name[name.count - 3] == UInt8(ascii: "b")
          && name[name.count - 2] == UInt8(ascii: "i") && name[name.count - 1] == UInt8(ascii: "n")
      }
      if isBinary { return true }
    }
    return false
  }
}
