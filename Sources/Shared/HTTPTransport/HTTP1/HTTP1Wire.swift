import NIOCore
import NIOHTTP1

/// The end of an HTTP/1.1 connection's pipeline that is next to the socket: sees bytes before the decoder does, and
/// writes bytes past the encoder.
///
/// A request head that trickles in makes no other sign until it is complete. Simple requests, which most are, are read
/// here at once. The first other one sends the connection's bytes to the decoder for good: it may then hold a part of
/// a request. Decoder and encoder come into the pipeline when they are needed: each handler costs every event a step.
final class HTTP1Wire: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Let go of, as this one by it, when the channel is closed.
  private var connection: HTTP1ServerHandler?
  private var context: ChannelHandlerContext?
  private let limits: HTTP1Limits
  private var hasCodec = false
  private var isDecoding = false

  init(_ connection: HTTP1ServerHandler, limits: HTTP1Limits) {
    self.connection = connection
    self.limits = limits
    connection.attach(self)
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    connection = nil
  }

  /// Puts decoder and encoder behind this handler, unless they are there.
  func addCodec() throws {
    guard !hasCodec, let connection, let context else { return }
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = self.limits.maxHeaderBytes
    limits.maxHeaderFieldCount = self.limits.maxHeaderFields
    limits.maxHeaderListSize = self.limits.maxHeaderBytes
    var framing = HTTPResponseEncoder.Configuration()
    framing.automaticallySetFramingHeaders = false
    hasCodec = true
    try context.pipeline.syncOperations.addHandlers(
      [
        HTTPResponseEncoder(configuration: framing),
        ByteToMessageHandler(HTTP1Decoder(connection, limits: limits)),
      ], position: .after(self))
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let connection else {
      context.fireChannelRead(data)
      return
    }
    if isDecoding {
      connection.bytesArrived()
      context.fireChannelRead(data)
      return
    }
    connection.readBegan()
    var buffer = unwrapInboundIn(data)
    while buffer.readableBytes > 0, connection.serveSimpleRequest(&buffer) {}
    guard buffer.readableBytes > 0 else { return }
    isDecoding = true
    connection.bytesArrived()
    do {
      try addCodec()
    } catch {
      context.fireErrorCaught(error)
      return
    }
    context.fireChannelRead(wrapInboundOut(buffer))
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    // Without a decoder nobody but the connection has a use for it.
    if let connection, !hasCodec { connection.readCompleted() } else { context.fireChannelReadComplete() }
  }

  /// Hands bytes to the socket; they leave with the next flush.
  func write(_ buffer: ByteBuffer) { context?.write(wrapOutboundOut(buffer), promise: nil) }

  /// Sends what was written. Nothing waits in the handlers above this one.
  func flush() { context?.flush() }
}
