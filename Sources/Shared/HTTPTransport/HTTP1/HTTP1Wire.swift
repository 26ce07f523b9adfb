import NIOCore

/// The end of an HTTP/1.1 connection's pipeline that is next to the socket: sees bytes before the decoder does, and
/// writes bytes past the encoder.
///
/// A request head that trickles in makes no other sign until it is complete. Simple requests, which most are, are read
/// here at once. The first other one sends the connection's bytes to the decoder for good: it may then hold a part of
/// a request.
final class HTTP1Wire: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Let go of, as this one by it, when the channel is closed.
  private var connection: HTTP1ServerHandler?
  private var context: ChannelHandlerContext?
  private var isDecoding = false

  init(_ connection: HTTP1ServerHandler) {
    self.connection = connection
    connection.attach(self)
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    connection = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let connection else {
      context.fireChannelRead(data)
      return
    }
    connection.bytesArrived()
    if isDecoding {
      context.fireChannelRead(data)
      return
    }
    var buffer = unwrapInboundIn(data)
    while buffer.readableBytes > 0, connection.serveSimpleRequest(&buffer) {}
    guard buffer.readableBytes > 0 else { return }
    isDecoding = true
    connection.bytesArrived()
    context.fireChannelRead(wrapInboundOut(buffer))
  }

  /// Hands bytes to the socket; they leave with the next flush.
  func write(_ buffer: ByteBuffer) { context?.write(wrapOutboundOut(buffer), promise: nil) }

  /// Sends what was written. Nothing waits in the handlers above this one.
  func flush() { context?.flush() }
}
