import NIOCore

/// Drives an `HTTP2Session` in a NIO pipeline: bytes of the socket in, frames out, one write for each turn of the loop.
///
/// Base of the server's and the client's handler, which add what they do with streams, pings and time.
class HTTP2ConnectionHandler: ChannelInboundHandler, HTTP2Session.Driver {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  let session: HTTP2Session
  private(set) var context: ChannelHandlerContext?
  private var isReading = false
  private var isFlushing = false
  private var isFlushScheduled = false
  private(set) var isClosing = false

  /// Bytes gathered before they go to the socket; a slow socket stops the gathering.
  private static let writeSize = 64 * 1024

  init(session: HTTP2Session) {
    self.session = session
    session.driver = self
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { connectionStarted() }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    session.connectionLost()
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    connectionStarted()
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    isClosing = true
    connectionEnded()
    session.connectionLost()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isClosing else { return }
    isReading = true
    do {
      try session.receive(unwrapInboundIn(data))
    } catch {
      failed(error)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    flush()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { flush() }
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    failed(error)
    flush()
    close()
  }

  func sessionNeedsFlush() {
    guard !isReading, !isFlushing, !isFlushScheduled, let context else { return }
    isFlushScheduled = true
    context.eventLoop.assumeIsolated().execute {
      self.isFlushScheduled = false
      self.flush()
    }
  }

  /// Writes what the session has to say, as far as the socket takes it, and closes when there is no more to come.
  final func flush() {
    guard !isFlushing, let context else { return }
    isFlushing = true
    var wrote = false
    while context.channel.isWritable {
      var buffer = ByteBuffer()
      do {
        try session.fill(&buffer, upTo: Self.writeSize)
      } catch {
        failed(error)
        break
      }
      if buffer.readableBytes == 0 {
        session.deliverEvents()
        if !session.wantsWrite { break }
        continue
      }
      wrote = true
      context.write(wrapOutboundOut(buffer), promise: nil)
    }
    session.deliverEvents()
    isFlushing = false
    if wrote { context.flush() }
    if session.isFinished {
      closeAfterWrites()
    } else if session.wantsWrite, context.channel.isWritable {
      sessionNeedsFlush()
    }
  }

  /// Closes when the socket has taken all that was written before.
  private func closeAfterWrites() {
    guard !isClosing, let context else { return }
    isClosing = true
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenComplete { _ in self.context?.close(promise: nil) }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
  }

  final func close() {
    guard !isClosing, let context else { return }
    isClosing = true
    context.close(promise: nil)
  }

  // MARK: For subclasses

  func connectionStarted() { flush() }
  func connectionEnded() {}
  func failed(_ error: any Error) {}
  func sessionAccepted(_ stream: HTTP2Stream, head: HeaderBlock, endStream: Bool) {}
  func sessionReceivedSettings() {}
  func sessionReceivedPingAck(_ data: UInt64) {}
  func sessionReceivedPing() {}
  func sessionReceivedGoAway(lastStreamID: Int32, code: HTTP2ErrorCode, debugData: String) {}
  func sessionStreamClosed() {}
}
