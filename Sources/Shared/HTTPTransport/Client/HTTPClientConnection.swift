package import NIOCore

/// A client's connection to one server, whatever carries it.
package protocol HTTPClientConnection: AnyObject, Sendable {
  /// The loop that owns the connection and its streams.
  var eventLoop: any EventLoop { get }

  /// Opens a stream with a request head. On the event loop only.
  ///
  /// - Throws: `HTTPTransportError` `.connectionClosed` when this connection takes no more; nothing was sent then.
  func openStream(head: HeaderBlock, endStream: Bool, delegate: any HTTPStreamDelegate) throws -> any HTTPStream

  /// Takes no more streams and closes after the last open one.
  func drain()

  /// Closes at once; open streams end with `.connectionLost`.
  func close()
}

/// What the owner of a client connection hears, on its event loop.
package protocol HTTPClientConnectionDelegate: AnyObject, Sendable {
  /// The server takes no new streams; open ones go on and the connection closes after them.
  func connectionIsGoingAway(_ connection: any HTTPClientConnection, code: HTTP2ErrorCode, debugData: String)
  /// The connection is closed. Called once.
  func connectionEnded(_ connection: any HTTPClientConnection, reason: HTTPTransportError?)
}
