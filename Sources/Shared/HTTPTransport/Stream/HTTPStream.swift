package import NIOCore

/// One request and its response on a connection, whichever HTTP version or transport carries it.
///
/// The same shape serves both sides: a server's stream sends a response head, a client's a request head. Every method
/// must be called on `eventLoop`; calls after the stream has closed do nothing, because the peer may close it at any
/// moment and the closing reaches the delegate in its own time.
package protocol HTTPStream: AnyObject, Sendable {
  /// The loop that owns this stream and all its state.
  var eventLoop: any EventLoop { get }

  /// What is known of the connection and its peer.
  var connection: HTTPConnectionInfo { get }

  /// Who hears of what arrives. Held strongly until the stream closes.
  var delegate: (any HTTPStreamDelegate)? { get set }

  /// Bytes accepted by `send(data:)` that the peer's window or the socket has not taken yet.
  var outboundBufferedBytes: Int { get }

  /// Sends the head. `:status` (response) or the request pseudo-header fields come first in `head`.
  func send(head: HeaderBlock, endStream: Bool)

  /// Queues body bytes. Never blocks: a sender that finds `outboundBufferedBytes` above `HTTPStreamWatermark.high`
  /// waits for `streamBecameWritable()`.
  func send(data: ByteBuffer, endStream: Bool)

  /// Ends the stream with trailers, behind all queued data.
  func send(trailers: HeaderBlock)

  /// Sends a whole response, in one step where the transport can.
  ///
  /// - Parameters:
  ///   - head: starts with `:status`, and tells the length.
  ///   - body: not empty.
  func send(head: HeaderBlock, wholeBody body: ByteBuffer)

  /// Sends a whole response that was made beforehand, in one step where the transport can.
  ///
  /// - Parameters:
  ///   - fields: what only this answer has; no pseudo-header fields, and none that `prepared` has.
  ///   - withBody: false for an answer to HEAD.
  func send(prepared: PreparedResponse, fields: HeaderBlock, withBody: Bool)

  /// Abandons the stream: what is queued is dropped, the peer learns `code`.
  func reset(_ code: HTTP2ErrorCode)

  /// Tells that the application has taken `bytes` of the body, so that the peer may send as many more.
  func consumed(_ bytes: Int)

  /// Whether the transport may end the stream when an unfinished body brings no byte for the configured time.
  /// True from the start; a handler whose bodies may rightly pause for long sets it to false.
  var enforcesBodyTimeout: Bool { get set }
}

extension HTTPStream {
  /// By the ordinary steps.
  package func send(head: HeaderBlock, wholeBody body: ByteBuffer) {
    send(head: head, endStream: false)
    send(data: body, endStream: true)
  }
}

/// When a sender should stop and when it may go on, in bytes queued on one stream.
package enum HTTPStreamWatermark {
  package static let high = 64 * 1024
  package static let low = 16 * 1024
}

/// What a stream tells its owner, on the stream's event loop, in order. `streamClosed` is always the last call.
package protocol HTTPStreamDelegate: AnyObject {
  /// The response head (clients only; a server's handler gets the request head in `accept`). Interim 1xx heads are
  /// not reported.
  func streamReceived(head: HeaderBlock, endStream: Bool)
  /// Body bytes; `consumed(_:)` is owed for each of them.
  func streamReceived(data: ByteBuffer, endStream: Bool)
  /// Trailers, which end the peer's side.
  func streamReceived(trailers: HeaderBlock)
  /// The queue fell to the low-water mark after having been above the high one.
  func streamBecameWritable()
  /// Nothing more comes and nothing more can be sent.
  func streamClosed(_ reason: HTTPStreamCloseReason)
}

extension HTTPStreamDelegate {
  package func streamReceived(head: HeaderBlock, endStream: Bool) {}
  package func streamBecameWritable() {}
}

/// Why a stream is over.
package enum HTTPStreamCloseReason: Sendable, Equatable {
  /// Both sides ended it in good order.
  case completed
  /// It was abandoned; `byPeer` tells by whom.
  case reset(HTTP2ErrorCode, byPeer: Bool)
  /// The connection went away under it. `unprocessed` means that the peer has said it never looked at the request
  /// (its id is above the GOAWAY's last id, RFC 9113 §6.8), so repeating it is safe.
  case connectionLost(unprocessed: Bool)
}

/// Answers requests. One handler serves all connections of a server; it must be safe to call from several loops.
package protocol HTTPRequestHandler: Sendable {
  /// Called on the stream's event loop when a request head has arrived.
  ///
  /// The handler may answer at once, or keep the stream and answer later. It returns the delegate that hears of the
  /// body and of the end, or nil when it wants to hear no more (the rest of the body is then thrown away).
  func accept(_ stream: any HTTPStream, head: HeaderBlock, endStream: Bool) -> (any HTTPStreamDelegate)?
}
