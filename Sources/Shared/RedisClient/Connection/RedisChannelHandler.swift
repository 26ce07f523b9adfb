internal import NIOCore

/// Bytes to replies at the end of a connection's pipeline; what they mean is its owner's business.
final class RedisChannelHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let reader: ReplyReader
  private var owner: ReconnectingChannel?

  init(reader: ReplyReader, owner: ReconnectingChannel) {
    self.reader = reader
    self.owner = owner
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let owner else { return }
    do {
      try reader.feed(unwrapInboundIn(data))
      while let reply = try reader.next() { owner.received(reply, on: self) }
    } catch {
      fail(error, context)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    owner?.receivedAll(on: self)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    owner?.writabilityChanged(context.channel.isWritable, on: self)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(error, context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(with: nil)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(with: nil)
  }

  private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
    end(with: error)
    context.close(promise: nil)
  }

  /// Tells the owner once.
  private func end(with error: (any Error)?) {
    guard let owner else { return }
    self.owner = nil
    owner.ended(error, on: self)
  }
}
