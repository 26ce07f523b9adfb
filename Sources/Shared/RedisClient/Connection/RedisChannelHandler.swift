internal import NIOCore

/// Bytes to replies at the end of a connection's pipeline; what they mean is its owner's business.
final class RedisChannelHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let reader: ReplyReader
  /// How many replies the last read brought: about as many as the next will.
  private var lastCount = 1
  private var owner: ReconnectingChannel?

  init(reader: ReplyReader, owner: ReconnectingChannel) {
    self.reader = reader
    self.owner = owner
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let owner else { return }
    var replies: [RESPValue] = []
    var violation: (any Error)?
    do {
      try reader.feed(unwrapInboundIn(data))
      replies.reserveCapacity(lastCount)
      while let reply = try reader.next() { replies.append(reply) }
    } catch {
      violation = error
    }
    if !replies.isEmpty {
      lastCount = min(replies.count, 1024)
      owner.received(replies, on: self)
    }
    // What came before it is as good as ever.
    if let violation { fail(violation, context) }
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
