import NIOCore
import NIOHTTP1

/// A client's side of an HTTP/1.1 connection over NIO's codec.
final class HTTP1ClientHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = Never
  typealias OutboundOut = HTTPClientRequestPart

  private let info: HTTPConnectionInfo
  private let ready: EventLoopPromise<Void>
  private let maxInboundBuffer: Int
  var onEnd: ((HTTPTransportError?) -> Void)?

  private var context: ChannelHandlerContext?
  private var current: HTTP1ClientStream?
  private var failure: HTTPTransportError?
  private var isDraining = false
  private var isClosing = false
  private var readHeld = false
  private var isBodyPaused = false

  init(info: HTTPConnectionInfo, ready: EventLoopPromise<Void>, maxInboundBuffer: Int) {
    self.info = info
    self.ready = ready
    self.maxInboundBuffer = maxInboundBuffer
  }

  var isIdle: Bool { current == nil && !isClosing && !isDraining && context?.channel.isActive ?? false }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { ready.succeed() }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    ended()
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    ready.succeed()
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    ended()
    context.fireChannelInactive()
  }

  private func ended() {
    isClosing = true
    ready.fail(HTTPTransportError(.connectFailed, "the connection closed before it was ready"))
    let stream = current
    current = nil
    if failure?.code == .protocolViolation {
      stream?.finish(.reset(.protocolError, byPeer: false))
    } else {
      stream?.finish(.connectionLost(unprocessed: false))
    }
    let onEnd = onEnd
    self.onEnd = nil
    onEnd?(failure ?? HTTPTransportError(.connectionClosed, "the server closed the connection"))
  }

  // MARK: Requests

  func openStream(head: HeaderBlock, endStream: Bool, delegate: any HTTPStreamDelegate) throws -> HTTP1ClientStream {
    guard isIdle else {
      throw HTTPTransportError(.connectionClosed, "the connection is closed or busy; use another one")
    }
    let stream = HTTP1ClientStream(owner: self, connection: info, delegate: delegate)
    current = stream
    stream.begin(head, endStream: endStream)
    return stream
  }

  func write(_ part: HTTPClientRequestPart, flush: Bool) {
    guard let context, !isClosing else { return }
    if flush {
      context.writeAndFlush(wrapOutboundOut(part), promise: nil)
    } else {
      context.write(wrapOutboundOut(part), promise: nil)
    }
  }

  var isWritable: Bool { context?.channel.isWritable ?? false }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { current?.writabilityReturned() }
    context.fireChannelWritabilityChanged()
  }

  // MARK: Responses

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let stream = current else {
      // A response that nobody asked for: whatever follows cannot be trusted (RFC 9112 §9.2).
      close(HTTPTransportError(.protocolViolation, "the server sent a response without a request"))
      return
    }
    switch unwrapInboundIn(data) {
    case .head(let head): stream.received(head)
    case .body(let buffer):
      stream.received(buffer)
      if stream.unconsumed > maxInboundBuffer { isBodyPaused = true }
    case .end(let trailers): stream.receivedEnd(trailers)
    }
  }

  func read(context: ChannelHandlerContext) {
    if isBodyPaused { readHeld = true } else { context.read() }
  }

  func inboundConsumed(_ stream: HTTP1ClientStream) {
    guard isBodyPaused, current === stream, stream.unconsumed <= maxInboundBuffer / 2 else { return }
    resumeReading()
  }

  private func resumeReading() {
    isBodyPaused = false
    if readHeld {
      readHeld = false
      context?.read()
    }
  }

  /// The request and its response are over.
  func streamFinished(_ stream: HTTP1ClientStream, reusable: Bool) {
    guard current === stream else { return }
    current = nil
    if !reusable || isDraining { close(nil) }
    resumeReading()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if error is HTTPParserError {
      close(HTTPTransportError(.protocolViolation, "the server's response is malformed or too large", cause: error))
    } else {
      close(HTTPTransportError(socketError: error))
    }
  }

  // MARK: End

  func drain() {
    isDraining = true
    if current == nil { close(nil) }
  }

  private func close(_ reason: HTTPTransportError?) {
    if failure == nil { failure = reason }
    isClosing = true
    context?.close(promise: nil)
  }
}
