package import ProtobufBridge

/// The responses of a call, in order, as they arrive. One consumer at a time.
///
/// Asking for the next message is what opens the server's window again.
package struct ResponseStream<Response: ProtobufMessage>: AsyncSequence, Sendable {
  package typealias Element = Response
  private let call: any StreamingCall
  private let maxResponseBytes: Int

  init(call: any StreamingCall, maxResponseBytes: Int) {
    self.call = call
    self.maxResponseBytes = maxResponseBytes
  }

  /// The metadata that came before the first message; empty when the call ended without any.
  package var initialMetadata: Metadata {
    get async throws { try await call.initialHead().map { try Metadata($0, sizeLimit: .max) } ?? Metadata() }
  }

  /// The metadata that came with the status. Waits for the call's end.
  package var trailingMetadata: Metadata {
    get async throws { try Metadata(await call.waitForOutcome().trailers, sizeLimit: .max) }
  }

  package func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(call: call, maxResponseBytes: maxResponseBytes)
  }

  package struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let call: any StreamingCall
    fileprivate let maxResponseBytes: Int
    /// Whether the compressed flag of the last message was set.
    package private(set) var lastWasCompressed = false

    fileprivate init(call: any StreamingCall, maxResponseBytes: Int) {
      self.call = call
      self.maxResponseBytes = maxResponseBytes
    }

    /// - Throws: the call's status as `RPCError` when it is not OK.
    package mutating func next() async throws -> Response? {
      guard let frame = try await call.next() else { return nil }
      lastWasCompressed = frame.isCompressed
      return try MessageCoding.message(
        Response.self, from: frame, compression: call.compression, limit: maxResponseBytes)
    }
  }
}

/// Writes a call's requests.
package struct RequestWriter<Request: ProtobufMessage>: Sendable {
  private let call: any StreamingCall
  private let compression: CompressionAlgorithm

  init(call: any StreamingCall, compression: CompressionAlgorithm) {
    self.call = call
    self.compression = compression
  }

  /// Sends a message; returns when there is room for the next one.
  ///
  /// - Parameter compress: false leaves this message plain in a call that compresses.
  /// - Throws: the call's `RPCError` once it has ended.
  package func write(_ request: Request, compress: Bool = true) async throws {
    let frame = try MessageCoding.frame(
      request, compression: compress ? compression : .identity, limit: Int(UInt32.max))
    try await call.write(frame)
  }

  /// Tells the server that this was all. Writing ends by itself when the closure that got the writer returns.
  package func finish() { call.finishWriting() }
}
