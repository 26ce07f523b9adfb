package import HTTPTypes
package import NIOCore

/// Writes a response. May be used from any thread, by one task at a time; calls after the stream has closed do nothing,
/// except that `write` throws.
package struct HTTPResponseWriter: Sendable {
  private let exchange: HTTPExchange

  init(_ exchange: HTTPExchange) { self.exchange = exchange }

  /// What is known of the connection and its peer.
  package var connection: HTTPConnectionInfo { exchange.stream.connection }

  /// Sends the head; a second one is ignored.
  package func writeHead(_ response: HTTPResponse) {
    exchange.send(head: HeaderBlock(response), endStream: false)
  }

  /// Sends a piece of the body, and suspends while the peer takes less than is written.
  ///
  /// - Throws: `HTTPTransportError` `.connectionClosed` when nobody will read it or no head was sent,
  ///   `CancellationError`.
  package func write(_ data: ByteBuffer) async throws {
    try await exchange.write(data)
  }

  /// Ends the response. What a handler leaves open ends when it returns.
  package func finish(trailers: HTTPFields? = nil) {
    exchange.finish(trailers: trailers.map { HeaderBlock($0) })
  }

  /// Sends a whole response in one step; sets `content-length`.
  package func respond(_ response: HTTPResponse, body: ByteBuffer = ByteBuffer()) {
    var head = HeaderBlock(response)
    if !head.contains("content-length"), response.status.code != 204, response.status.code != 304 {
      head.append("content-length", String(body.readableBytes))
    }
    respond(head: head, body: body)
  }

  /// The same with a head made beforehand, for replies that are the same each time; `head` starts with `:status` and
  /// tells the length.
  package func respond(head: HeaderBlock, body: ByteBuffer = ByteBuffer()) {
    if body.readableBytes > 0 {
      exchange.respond(head: head, body: body)
    } else {
      exchange.send(head: head, endStream: true)
    }
  }

  /// Breaks the response off, so that the peer cannot take it for complete.
  package func reset(_ code: HTTP2ErrorCode = .internalError) {
    exchange.reset(code)
  }

  /// Whether the transport may end the request when its body pauses for long; true from the start.
  package func setEnforcesBodyTimeout(_ enforces: Bool) {
    exchange.setEnforcesBodyTimeout(enforces)
  }

  /// Sends the head and gives the stream to a delegate that writes the body. An answer that lasts for hours then costs
  /// no task.
  ///
  /// - Parameters:
  ///   - response: nil when the delegate sends the head, too.
  ///   - successor: called on the stream's event loop, in a later turn, unless the stream has closed by then. The body
  ///     of the request, as far as it was not read, goes to the delegate that it returns; without one it is thrown away.
  package func handOver(
    _ response: HTTPResponse?, to successor: @escaping @Sendable (any HTTPStream) -> (any HTTPStreamDelegate)?
  ) {
    if let response { exchange.send(head: HeaderBlock(response), endStream: false) }
    exchange.handOver(to: successor)
  }

  /// What the request wants to speak instead of HTTP/1.1, in lower case, such as `websocket` (RFC 9110 §7.8); nil when it
  /// wants nothing else, or the connection cannot change.
  package var requestedUpgrade: String? { (exchange.stream as? any UpgradableStream)?.requestedUpgrade }

  /// Answers 101 and gives the connection to another protocol.
  ///
  /// - Parameters:
  ///   - response: with status 101 and that protocol's fields; `connection` and `upgrade` are added.
  ///   - install: called on the event loop when the handlers of HTTP have left the pipeline: adds others, and returns who
  ///     is told of time, drain and end. What it throws closes the connection.
  package func upgrade(
    _ response: HTTPResponse, to install: @escaping @Sendable (any Channel) throws -> any ServerConnection
  ) {
    let head = HeaderBlock(response)
    exchange.handOver { stream in
      guard let stream = stream as? any UpgradableStream else {
        stream.reset(.internalError)
        return nil
      }
      stream.upgrade(head: head, to: install)
      return nil
    }
  }
}
