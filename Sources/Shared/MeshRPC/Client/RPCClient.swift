package import NIOCore
package import ProtobufBridge

/// Something that carries calls to a service: a channel over the network or inside the process. Generated clients
/// stand on it.
package protocol RPCClient: Sendable {
  /// One request, one response.
  ///
  /// - Throws: `RPCError` with the call's status.
  func unary<Request, Response>(
    _ method: RPCMethod<Request, Response>, _ request: Request, options: CallOptions
  ) async throws -> Response

  /// The same with the metadata that came along.
  func unaryResponse<Request, Response>(
    _ method: RPCMethod<Request, Response>, _ request: Request, options: CallOptions
  ) async throws -> UnaryResponse<Response>

  /// One request, a stream of responses. The call ends, cancelled if need be, when `body` returns.
  func serverStreaming<Request, Response, Result>(
    _ method: RPCMethod<Request, Response>, _ request: Request, options: CallOptions,
    _ body: (ResponseStream<Response>) async throws -> Result
  ) async throws -> Result

  /// One request and its responses as they are on the wire, plain protobuf: for those who pass calls on.
  ///
  /// - Parameters:
  ///   - method: of a kind with a single request.
  ///   - receive: is given each response; the next one is asked for when it returns.
  /// - Throws: `RPCError` with the call's status; what `receive` throws.
  func relay(
    _ method: MethodDescriptor, _ request: ByteBuffer, options: CallOptions,
    _ receive: (ByteBuffer) async throws -> Void
  ) async throws

  /// A stream of requests, written by `send` until it returns, and one response.
  func clientStreaming<Request, Response>(
    _ method: RPCMethod<Request, Response>, options: CallOptions,
    _ send: @escaping @Sendable (RequestWriter<Request>) async throws -> Void
  ) async throws -> Response

  /// Streams both ways. The call ends, cancelled if need be, when `body` returns.
  func bidirectionalStreaming<Request, Response, Result>(
    _ method: RPCMethod<Request, Response>, options: CallOptions,
    _ body: (RequestWriter<Request>, ResponseStream<Response>) async throws -> Result
  ) async throws -> Result
}

/// A response with the metadata around it.
package struct UnaryResponse<Response: ProtobufMessage>: Sendable {
  package var message: Response
  package var initialMetadata: Metadata
  package var trailingMetadata: Metadata
  /// Whether the message's compressed flag was set.
  package var wasCompressed: Bool
}
