internal import HTTPTransport
internal import NIOCore

/// What writers of requests and readers of responses need of a call.
protocol StreamingCall: Sendable {
  /// How the responses are compressed; known once there is one.
  var compression: CompressionAlgorithm { get }
  /// Sends a request message; returns when there is room for the next.
  ///
  /// - Throws: the call's `RPCError` once it has ended.
  func write(_ frame: ByteBuffer) async throws
  /// Tells the server that no more requests come.
  func finishWriting()
  /// The next response message; nil after the last, when the status was OK.
  ///
  /// - Throws: the status as `RPCError`.
  func next() async throws -> FramedMessage?
  /// The response head; nil when the call ended without one.
  func initialHead() async -> HeaderBlock?
  /// Waits for the end.
  func waitForOutcome() async -> ClientCall.Outcome
}

extension ClientCall: StreamingCall {}
