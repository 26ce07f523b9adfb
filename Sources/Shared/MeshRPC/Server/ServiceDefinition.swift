package import NIOCore
package import ProtobufBridge

/// A service as the server runs it: its name and its methods' handlers. Generated `definition(_:)` functions make it.
package struct ServiceDefinition: Sendable {
  /// The full name, as in `grpc.health.v1.Health`.
  package let name: String
  package let methods: [MethodHandler]

  package init(name: String, methods: [MethodHandler]) {
    self.name = name
    self.methods = methods
  }

  /// The same service with another handler of one of its methods.
  package func replacing(_ method: MethodHandler) -> ServiceDefinition {
    ServiceDefinition(
      name: name, methods: methods.map { $0.descriptor == method.descriptor ? method : $0 })
  }
}

/// One method's handler, its message types folded in.
package struct MethodHandler: Sendable {
  package let descriptor: MethodDescriptor
  /// Reads requests from the call and writes responses to it; returns when the call is answered.
  let run: @Sendable (ServerCall) async throws -> Void

  /// One request, one response.
  package static func unary<Request, Response>(
    _ method: RPCMethod<Request, Response>,
    _ handler: @escaping @Sendable (Request, ServerContext) async throws -> Response
  ) -> MethodHandler {
    MethodHandler(descriptor: method.descriptor) { call in
      let request = try call.takeSingleRequest(Request.self)
      let response = try await handler(request, ServerContext(call: call))
      try await call.send(response, compress: true)
    }
  }

  /// One request, one response that the handler gives in wire form.
  package static func unary<Request, Response>(
    encoding method: RPCMethod<Request, Response>,
    _ handler: @escaping @Sendable (Request, ServerContext) async throws -> EncodedMessage<Response>
  ) -> MethodHandler {
    MethodHandler(descriptor: method.descriptor) { call in
      let request = try call.takeSingleRequest(Request.self)
      try await call.send(try await handler(request, ServerContext(call: call)))
    }
  }

  /// One request, a stream of responses.
  package static func serverStreaming<Request, Response>(
    _ method: RPCMethod<Request, Response>,
    _ handler: @escaping @Sendable (Request, ResponseWriter<Response>, ServerContext) async throws -> Void
  ) -> MethodHandler {
    MethodHandler(descriptor: method.descriptor) { call in
      let request = try call.takeSingleRequest(Request.self)
      try await handler(request, ResponseWriter(call: call), ServerContext(call: call))
    }
  }

  /// Passes calls on to another server as they are on the wire, plain protobuf, neither looked at nor checked.
  ///
  /// - Parameters:
  ///   - method: of a kind with a single request.
  ///   - call: makes the further call, and gives each response to the closure.
  package static func relay(
    _ method: MethodDescriptor,
    _ call:
      @escaping @Sendable (ByteBuffer, ServerContext, _ respond: (ByteBuffer) async throws -> Void) async throws -> Void
  ) -> MethodHandler {
    MethodHandler(descriptor: method) { inbound in
      let request = try inbound.takeSingleRequestBytes()
      try await call(request, ServerContext(call: inbound)) { try await inbound.send(bytes: $0) }
    }
  }

  /// A stream of requests, one response.
  package static func clientStreaming<Request, Response>(
    _ method: RPCMethod<Request, Response>,
    _ handler: @escaping @Sendable (RequestStream<Request>, ServerContext) async throws -> Response
  ) -> MethodHandler {
    MethodHandler(descriptor: method.descriptor) { call in
      let response = try await handler(RequestStream(call: call), ServerContext(call: call))
      try await call.send(response, compress: true)
    }
  }

  /// Streams both ways, independent of each other.
  package static func bidirectionalStreaming<Request, Response>(
    _ method: RPCMethod<Request, Response>,
    _ handler:
      @escaping @Sendable (RequestStream<Request>, ResponseWriter<Response>, ServerContext) async throws
      -> Void
  ) -> MethodHandler {
    MethodHandler(descriptor: method.descriptor) { call in
      try await handler(RequestStream(call: call), ResponseWriter(call: call), ServerContext(call: call))
    }
  }
}

/// The requests of a call, in order, as they arrive. One consumer at a time.
///
/// Asking for the next message is what opens the client's window again: a handler that stops asking stops the client.
package struct RequestStream<Request: ProtobufMessage>: AsyncSequence, Sendable {
  package typealias Element = Request
  private let call: ServerCall

  init(call: ServerCall) { self.call = call }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(call: call) }

  package struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let call: ServerCall

    /// - Throws: `RPCError` for bytes that are no such message; `CancellationError` when the call is over.
    package mutating func next() async throws -> Request? {
      try await call.nextRequest(Request.self)
    }
  }
}

/// Writes a call's responses.
package struct ResponseWriter<Response: ProtobufMessage>: Sendable {
  private let call: ServerCall

  init(call: ServerCall) { self.call = call }

  /// Sends a message; returns when there is room for the next one, so that a slow client slows the handler.
  ///
  /// - Parameter compress: false leaves this message plain in a call that compresses.
  /// - Throws: `RPCError` when the message cannot be sent, CANCELLED when the call is over.
  package func write(_ response: Response, compress: Bool = true) async throws {
    try await call.send(response, compress: compress)
  }
}
