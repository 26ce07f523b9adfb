package import HTTPTransport
package import NIOCore

/// What a handler knows of its call, and what it may say besides messages. Usable from any task.
package struct ServerContext: Sendable {
  let call: ServerCall

  init(call: ServerCall) { self.call = call }

  /// Which method was called.
  package var method: MethodDescriptor { call.method }

  /// The client's metadata.
  package var metadata: Metadata { call.requestMetadata }

  /// When the client stops waiting; `.never` if it did not say. The call is cancelled then, and calls made by the
  /// handler's task end no later.
  package var deadline: Deadline { call.deadline }

  /// The names in the client's verified certificate; nil without mutual TLS.
  package var peerIdentity: PeerIdentity? { call.connection.peerIdentity }

  package var remoteAddress: SocketAddress? { call.connection.remoteAddress }

  /// What is known of the connection. Its attachment is for the event loop alone.
  package var connection: HTTPConnectionInfo { call.connection }

  /// The loop that carries the call; the handler's task runs there. Work of more than about a millisecond belongs
  /// elsewhere.
  package var eventLoop: any EventLoop { call.eventLoop }

  /// The raw request header fields.
  package var requestHead: HeaderBlock { call.head }

  /// Adds metadata to be sent before the first message.
  ///
  /// - Throws: `RPCError` FAILED_PRECONDITION when it has been sent already.
  package func addInitialMetadata(_ metadata: Metadata) throws { try call.addInitialMetadata(metadata) }

  /// Sends the initial metadata now, before any message.
  package func sendInitialMetadata() async { await call.sendInitialMetadata() }

  /// Adds metadata to be sent with the status.
  package func addTrailingMetadata(_ metadata: Metadata) { call.addTrailingMetadata(metadata) }

  /// Compresses responses from here on, if the client accepts `algorithm`; otherwise does nothing. To be called before
  /// the first message.
  package func compressResponses(with algorithm: CompressionAlgorithm) { call.setResponseCompression(algorithm) }

  /// How the client compressed its messages.
  package var requestCompression: CompressionAlgorithm { call.requestCompression }

  /// Whether the request message that was read last had its compressed flag set.
  package var lastRequestWasCompressed: Bool { call.lastRequestWasCompressed }

  /// The status code that the client will see for an error thrown by the handler.
  package func statusCode(for error: any Error) -> RPCError.Code { call.status(for: error).code }
}
