import Logging
import NIOCore
import NIOHTTP1

/// A server's HTTP/1.1 connection over NIO's codec: one request after the other, each shown as an `HTTPStream`.
final class HTTP1ServerHandler: ChannelDuplexHandler, ServerConnection {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = Never
  typealias OutboundIn = Never
  typealias OutboundOut = HTTPServerResponsePart

  private static let lingerTime = TimeAmount.seconds(2)

  private let handler: any HTTPRequestHandler
  private let info: HTTPConnectionInfo
  private let connections: EventLoopConnections
  private let limits: HTTP1Limits
  private let timeouts: HTTPTimeouts
  private let logger: Logger

  private var context: ChannelHandlerContext?
  private var current: HTTP1ServerStream?
  private var lastRead = NIODeadline.now()
  private var idleSince: NIODeadline? = .now()
  private var hasServed = false
  private var isDraining = false
  private var isClosing = false
  private var lingerUntil: NIODeadline?
  private var readHeld = false
  private(set) var isReadPaused = false

  init(
    info: HTTPConnectionInfo, handler: any HTTPRequestHandler, connections: EventLoopConnections,
    configuration: HTTPServerConfiguration, logger: Logger
  ) {
    self.info = info
    self.handler = handler
    self.connections = connections
    limits = configuration.http1
    timeouts = configuration.timeouts
    self.logger = logger
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    connections.add(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    ended()
    self.context = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    ended()
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event, isClosing { closeNow() }
    context.fireUserInboundEventTriggered(event)
  }

  private func ended() {
    isClosing = true
    connections.remove(self)
    let stream = current
    current = nil
    stream?.finish(.connectionLost(unprocessed: false))
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    lastRead = .now()
    if isClosing { return }
    switch unwrapInboundIn(data) {
    case .head(let head): begin(head)
    case .body(let buffer):
      guard let stream = current else { return }
      stream.received(buffer)
      if stream.unconsumed > limits.maxInboundBuffer { isReadPaused = true }
    case .end(let trailers):
      current?.receivedEnd(trailers.map(HeaderBlock.init(http1Trailers:)))
    }
  }

  private func begin(_ head: HTTPRequestHead) {
    idleSince = nil
    hasServed = true
    let stream = HTTP1ServerStream(
      owner: self, connection: info, isKeepAlive: head.isKeepAlive && !isDraining, isHead: head.method == .HEAD)
    current = stream
    let (block, problem) = HeaderBlock.make(head, isSecure: info.isSecure, limits: limits)
    if let problem {
      stream.isKeepAlive = false
      stream.send(head: [":status": problem, "content-length": "0"], endStream: true)
      return
    }
    if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
      write(.head(HTTPResponseHead(version: .http1_1, status: .continue)), flush: true)
    }
    stream.delegate = handler.accept(stream, head: block, endStream: false)
  }

  func read(context: ChannelHandlerContext) {
    if isReadPaused { readHeld = true } else { context.read() }
  }

  /// The application has taken body bytes; reading may go on.
  func inboundConsumed(_ stream: HTTP1ServerStream) {
    guard isReadPaused, stream.unconsumed <= limits.maxInboundBuffer / 2 else { return }
    isReadPaused = false
    if readHeld {
      readHeld = false
      context?.read()
    }
  }

  // MARK: Responses

  func write(_ part: HTTPServerResponsePart, flush: Bool) {
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

  /// Both sides of a request are done, or the response is and the request will not be waited for.
  func streamFinished(_ stream: HTTP1ServerStream, reusable: Bool) {
    guard current === stream else { return }
    current = nil
    isReadPaused = false
    idleSince = .now()
    if !reusable || isDraining { linger() }
    if readHeld {
      readHeld = false
      context?.read()
    }
  }

  /// Closes our side once the socket has taken the response, and the whole when the peer has closed too or some time
  /// has passed: closing at once with unread bytes would destroy the response on its way (RFC 9112 §9.6).
  private func linger() {
    guard !isClosing, let context else { return }
    isClosing = true
    lingerUntil = .now() + Self.lingerTime
    context.close(mode: .output, promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    logger.debug("HTTP/1.1 connection failed", metadata: ["error": "\(error)"])
    if current == nil, !isClosing, error is HTTPParserError {
      let status: HTTPResponseStatus =
        (error as? HTTPParserError) == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest
      let headers: HTTPHeaders = ["connection": "close", "content-length": "0"]
      write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)), flush: false)
      write(.end(nil), flush: true)
      linger()
    } else {
      closeNow()
    }
  }

  // MARK: Time and drain

  func tick(now: NIODeadline) {
    if let lingerUntil, now >= lingerUntil { closeNow() }
    guard !isClosing else { return }
    if let stream = current {
      if !stream.remoteEnded, stream.enforcesBodyTimeout, !isReadPaused, now - lastRead > timeouts.body {
        if !stream.headSent {
          stream.isKeepAlive = false
          stream.send(head: HTTPReply.requestTimeout, endStream: true)
        }
        closeNow()
      } else if !isWritable, now - stream.lastWritable > timeouts.outboundStall {
        closeNow()
      } else if isWritable {
        stream.lastWritable = now
      }
    } else if let idleSince, now - idleSince > (hasServed ? timeouts.idle : timeouts.header) {
      closeNow()
    }
  }

  func drain() {
    isDraining = true
    if let current { current.isKeepAlive = false } else { closeNow() }
  }

  func closeNow() {
    isClosing = true
    context?.close(promise: nil)
  }
}
