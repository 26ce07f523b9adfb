import NIOCore

/// Tells the connection that bytes came from the peer, before the decoder sees them: a request head that trickles in
/// makes no other sign until it is complete.
final class RequestByteWatch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private weak var connection: HTTP1ServerHandler?

  init(_ connection: HTTP1ServerHandler) { self.connection = connection }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    connection?.bytesArrived()
    context.fireChannelRead(data)
  }
}
