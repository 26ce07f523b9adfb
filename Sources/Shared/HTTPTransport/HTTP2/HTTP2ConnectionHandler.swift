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
  private var hasEnded = false
  /// Since when the socket has taken nothing more.
  private(set) var unwritableSince: NIODeadline?

  /// Bytes gathered before they go to the socket; a slow socket stops the gathering.
  private static let writeSize = 64 * 1024
  /// How long the socket may take over the last frames, and then the peer over its own closing.
  private static let lastWritePatience = TimeAmount.seconds(30)
  private static let peerClosePatience = TimeAmount.seconds(2)

  init(session: HTTP2Session) {
    self.session = session
    session.driver = self
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { connectionStarted() }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    // A connection that never came about has no end of its own.
    end()
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    connectionStarted()
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  private func end() {
    isClosing = true
    if !hasEnded {
      hasEnded = true
      connectionEnded()
    }
    session.connectionLost()
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
    if context.channel.isWritable {
      unwritableSince = nil
      flush()
    } else {
      unwritableSince = .now()
    }
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
    guard !isFlushing, !isClosing, let context else { return }
    isFlushing = true
    var wrote = false
    var hasFailed = false
    while context.channel.isWritable {
      var buffer = ByteBuffer()
      do {
        try session.fill(&buffer, upTo: Self.writeSize)
      } catch {
        failed(error)
        hasFailed = true
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
    if hasFailed {
      close()
    } else if session.isFinished {
      closeAfterWrites()
    } else if session.wantsWrite, context.channel.isWritable {
      sessionNeedsFlush()
    }
  }

  /// Closes our side when the socket has taken all that was written before, and the whole when the peer has closed
  /// too. A peer that does neither gets no more time: it would hold the connection forever. Closing at once with
  /// unread bytes would destroy the GOAWAY on its way.
  private func closeAfterWrites() {
    guard !isClosing, let context else { return }
    isClosing = true
    session.connectionLost()
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenComplete { _ in self.close(in: Self.peerClosePatience) }
    close(in: Self.lastWritePatience)
    context.close(mode: .output, promise: written)
  }

  private func close(in delay: TimeAmount) {
    guard let context, context.channel.isActive else { return }
    let timer = context.eventLoop.assumeIsolated().scheduleTask(in: delay) { context.close(promise: nil) }
    context.channel.closeFuture.assumeIsolated().whenComplete { _ in timer.cancel() }
  }

  /// Closes without waiting for anything.
  final func close() {
    isClosing = true
    context?.close(promise: nil)
  }

  // MARK: For subclasses

  func connectionStarted() { flush() }
  /// Called once, when the connection is over or could not be made.
  func connectionEnded() {}
  func failed(_ error: any Error) {}
  func sessionAccepted(_ stream: HTTP2Stream, head: HeaderBlock, endStream: Bool) {}
  func sessionReceivedSettings() {}
  func sessionReceivedPingAck(_ data: UInt64) {}
  func sessionReceivedPing() {}
  func sessionReceivedGoAway(lastStreamID: Int32, code: HTTP2ErrorCode, debugData: String) {}
  func sessionStreamClosed() {}
}
