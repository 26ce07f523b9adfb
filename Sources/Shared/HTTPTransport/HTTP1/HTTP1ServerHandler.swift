import Logging
import NIOCore
import NIOHTTP1

/// A server's HTTP/1.1 connection over NIO's codec: one request after the other, each shown as an `HTTPStream`.
///
/// Requests that a peer pipelines wait here, and the socket is not read, until the response before them has ended
/// (RFC 9112 §9.3.2).
final class HTTP1ServerHandler: ChannelDuplexHandler, RemovableChannelHandler, ServerConnection {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = Never
  typealias OutboundIn = Never
  typealias OutboundOut = HTTPServerResponsePart

  private let handler: any HTTPRequestHandler
  private let info: HTTPConnectionInfo
  private let connections: EventLoopConnections
  private let limits: HTTP1Limits
  private let timeouts: HTTPTimeouts
  private let logger: Logger

  private var context: ChannelHandlerContext?
  private var wire: HTTP1Wire?
  private var current: HTTP1ServerStream?
  /// Of a request that is over.
  private var spare: HTTP1ServerStream?
  private var pipelined = CircularBuffer<HTTPServerRequestPart>(initialCapacity: 0)
  private var parserError: HTTPParserError?
  private var arrivingHasBody = false

  private var outbound = OutboundWatch()
  private var lastBodyPart = NIODeadline.now()
  private var bodyClock = BodyClock(.now())
  /// Nil from a request's end until the next look at the clock.
  private var idleSince: NIODeadline? = .now()
  private var headBegan: NIODeadline?
  private var hasServed = false

  private var isDraining = false
  private var isClosing = false
  private var lingerUntil: NIODeadline?
  private var isServingPipelined = false
  private var isReading = false
  private var owesFlush = false
  private var readHeld = false
  private var isBodyPaused = false
  private var isUpgrading = false
  private var leftover: ByteBuffer?

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
    isWritable = context.channel.isWritable
    connections.add(self)
  }

  /// Tells who writes bytes past the encoder.
  func attach(_ wire: HTTP1Wire) { self.wire = wire }

  func handlerRemoved(context: ChannelHandlerContext) {
    ended()
    self.context = nil
    wire = nil
    isWritable = false
  }

  func channelInactive(context: ChannelHandlerContext) {
    ended()
    context.fireChannelInactive()
  }

  private func ended() {
    isClosing = true
    pipelined.removeAll()
    connections.remove(self)
    let stream = current
    current = nil
    spare = nil
    stream?.finish(.connectionLost(unprocessed: false))
  }

  // MARK: Requests

  /// Called before anybody looks at what was read.
  func readBegan() { isReading = true }

  /// Called before the decoder looks at what was read.
  func bytesArrived() {
    isReading = true
    if current == nil, headBegan == nil { headBegan = .now() }
  }

  /// Serves the request that `buffer` begins with, if nothing waits before it and it is as simple as most are: a GET
  /// or HEAD of HTTP/1.1, whole, without a body or anything else that the decoder knows better how to judge.
  ///
  /// - Returns: false when the decoder must look at the bytes; they are untouched then.
  func serveSimpleRequest(_ buffer: inout ByteBuffer) -> Bool {
    guard !isClosing, current == nil, isWritable, pipelined.isEmpty, parserError == nil else { return false }
    var head = HeaderBlock()
    swap(&head, &connections.scratchHead)
    defer { swap(&head, &connections.scratchHead) }
    guard
      let found = buffer.withUnsafeReadableBytes({ bytes in
        HTTP1RequestScanner.scan(bytes, isSecure: info.isSecure, limits: limits, into: &head)
      })
    else { return false }
    buffer.moveReaderIndex(forwardBy: found.length)
    headBegan = nil
    hasServed = true
    arrivingHasBody = false
    let stream = simpleStream(isHead: found.isHead)
    current = stream
    stream.attach(handler.accept(stream, head: head, endStream: true))
    // One that was answered at once, which most are, serves the next request as well.
    if current == nil { spare = stream }
    return true
  }

  private func simpleStream(isHead: Bool) -> HTTP1ServerStream {
    // Whoever still holds one that is over must not see it come to life again.
    guard isKnownUniquelyReferenced(&spare), let stream = spare.take() else {
      return HTTP1ServerStream(owner: self, connection: info, isHead: isHead, isKeepAlive: !isDraining)
    }
    stream.begin(isHead: isHead, isKeepAlive: !isDraining)
    return stream
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isClosing, !isUpgrading else { return }
    let part = unwrapInboundIn(data)
    switch part {
    case .head(let head): arrivingHasBody = head.hasBody
    case .body: break
    // The stream of a request without a body has ended with its head.
    case .end: if !arrivingHasBody { return }
    }
    if mustWait { pipelined.append(part) } else { handle(part) }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    readCompleted()
    context.fireChannelReadComplete()
  }

  /// All that had arrived has been read.
  func readCompleted() {
    isReading = false
    payFlush()
  }

  /// Whether what arrives belongs to a request whose turn has not come.
  private var mustWait: Bool { isServingPipelined || !pipelined.isEmpty || isBusy }

  /// Whether the next request's turn has not come: the one before is not answered, or the peer does not take its
  /// answers. Otherwise a peer that asks and never reads would have us keep answers without end.
  private var isBusy: Bool { current?.remoteEnded ?? !isWritable }

  private func handle(_ part: HTTPServerRequestPart) {
    switch part {
    case .head(let head): begin(head)
    case .body(let buffer):
      guard let stream = current else { return }
      lastBodyPart = .now()
      bodyClock.received(buffer.readableBytes)
      stream.received(buffer)
      if stream.unconsumed > limits.maxInboundBuffer { isBodyPaused = true }
    case .end(let trailers):
      current?.receivedEnd(trailers.map(HeaderBlock.init(http1Fields:)))
    }
  }

  private func begin(_ head: HTTPRequestHead) {
    headBegan = nil
    hasServed = true
    lastBodyPart = .now()
    bodyClock = BodyClock(lastBodyPart)
    let expectsContinue = head.expectsContinue
    let stream = HTTP1ServerStream(
      owner: self, connection: info, head: head, isKeepAlive: head.permitsKeepAlive && !isDraining,
      // A body that is small, and surely coming, is cheaper read to its end than a new connection is.
      discardsUnreadBody: !expectsContinue && head.declaredLength.map { $0 <= limits.maxInboundBuffer } ?? false)
    current = stream
    let (block, problem) = HeaderBlock.make(head, isSecure: info.isSecure, limits: limits)
    if let problem {
      stream.isKeepAlive = false
      stream.send(head: [":status": problem, "content-length": "0"], endStream: true)
      return
    }
    stream.attach(handler.accept(stream, head: block, endStream: stream.remoteEnded))
    // Only now: a handler that has answered already does not want the body (RFC 9110 §10.1.1).
    if expectsContinue, !stream.headSent, !stream.remoteEnded, current === stream {
      write(.head(HTTPResponseHead(version: .http1_1, status: .continue)), flush: true)
    }
  }

  private func servePipelined() {
    guard !isServingPipelined else { return }
    isServingPipelined = true
    while !isClosing, !isBusy, let part = pipelined.popFirst() { handle(part) }
    isServingPipelined = false
    if current == nil, pipelined.isEmpty, let parserError { refuse(parserError) }
    resumeReading()
  }

  func read(context: ChannelHandlerContext) {
    if !isClosing, isUpgrading || isBodyPaused || isBusy { readHeld = true } else { context.read() }
  }

  private func resumeReading() {
    guard readHeld, isClosing || !(isBodyPaused || isBusy) else { return }
    readHeld = false
    context?.read()
  }

  /// The application has taken body bytes; reading may go on.
  func inboundConsumed(_ stream: HTTP1ServerStream) {
    guard isBodyPaused, current === stream, stream.unconsumed <= limits.maxInboundBuffer / 2 else { return }
    isBodyPaused = false
    lastBodyPart = .now()
    resumeReading()
  }

  // MARK: Responses

  /// Bodies up to this size are copied behind their heads: one piece of memory and one for the socket.
  private static let maxCopiedBody = 64 << 10

  /// Writes a whole response past the encoder.
  func write(_ prepared: PreparedResponse, _ fields: HeaderBlock, withBody: Bool, closes: Bool) {
    guard let context, let wire, !isClosing else { return }
    let copiesBody = withBody && prepared.body.readableBytes <= Self.maxCopiedBody
    let end = Self.end(closes: closes)
    let capacity =
      prepared.http1Head.count + fields.maximumHTTP1Size + end.utf8CodeUnitCount
      + (copiesBody ? prepared.body.readableBytes : 0)
    wire.write(capacity: capacity) { target in
      var writer = HTTP1HeadWriter(target)
      prepared.http1Head.withUnsafeBytes { writer.append($0) }
      fields.writeHTTP1(to: &writer)
      writer.append(end)
      if copiesBody { prepared.body.withUnsafeReadableBytes { writer.append($0) } }
      return writer.count
    }
    if withBody, !copiesBody { wire.write(prepared.body) }
    flushSoon(context, now: true)
  }

  /// The same for one that was made for this request.
  func write(_ head: HeaderBlock, _ body: ByteBuffer, closes: Bool) {
    guard let context, let wire, !isClosing else { return }
    let copiesBody = body.readableBytes <= Self.maxCopiedBody
    let end = Self.end(closes: closes)
    wire.write(
      capacity: head.maximumHTTP1HeadSize + end.utf8CodeUnitCount + (copiesBody ? body.readableBytes : 0)
    ) { target in
      var writer = HTTP1HeadWriter(target)
      head.writeHTTP1Head(to: &writer)
      writer.append(end)
      if copiesBody { body.withUnsafeReadableBytes { writer.append($0) } }
      return writer.count
    }
    if !copiesBody { wire.write(body) }
    flushSoon(context, now: true)
  }

  /// What comes behind a head's fields.
  private static func end(closes: Bool) -> StaticString { closes ? "connection: close\r\n\r\n" : "\r\n" }

  func write(_ part: HTTPServerResponsePart, flush: Bool) {
    guard let context, !isClosing else { return }
    do {
      try wire?.addCodec()
    } catch {
      logger.debug("HTTP/1.1 connection failed", metadata: ["error": "\(error)"])
      return closeNow()
    }
    wire?.yield()
    context.write(wrapOutboundOut(part), promise: nil)
    flushSoon(context, now: flush)
  }

  private func flushSoon(_ context: ChannelHandlerContext, now flush: Bool) {
    if flush, !isReading {
      flushNow()
    } else if !owesFlush {
      owesFlush = true
      // What is read ends soon; a head that nothing follows must leave nevertheless.
      if !isReading { context.eventLoop.assumeIsolated().execute { self.payFlush() } }
    }
  }

  private func payFlush() {
    guard owesFlush else { return }
    owesFlush = false
    flushNow()
  }

  private func flushNow() {
    if let wire { wire.flush() } else { context?.flush() }
  }

  /// Whether the socket takes what is written. The channel tells of each change.
  private(set) var isWritable = false

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    outbound.progressed(at: .now())
    isWritable = context.channel.isWritable
    if isWritable {
      current?.writabilityReturned()
      // It was we who did not read on.
      if current == nil, headBegan != nil { headBegan = .now() }
      servePipelined()
    }
    context.fireChannelWritabilityChanged()
  }

  /// The response has been written but the request has not ended; the rest of it is read and thrown away.
  func streamDiscards(_ stream: HTTP1ServerStream) {
    guard current === stream else { return }
    isBodyPaused = false
    lastBodyPart = .now()
    resumeReading()
  }

  /// Both sides of a request are done, or the response is and the request will not be waited for.
  func streamFinished(_ stream: HTTP1ServerStream, reusable: Bool) {
    guard current === stream else { return }
    current = nil
    isBodyPaused = false
    idleSince = nil
    headBegan = nil
    if !reusable || isDraining { linger() }
    servePipelined()
  }

  /// Closes our side once the socket has taken the response, and the whole when the peer has closed too or some time
  /// has passed: closing at once with unread bytes would destroy the response on its way (RFC 9112 §9.6).
  private func linger() {
    guard !isClosing, let context else { return }
    isClosing = true
    pipelined.removeAll()
    flushNow()
    lingerUntil = .now() + timeouts.outboundStall
    let sent = context.eventLoop.makePromise(of: Void.self)
    sent.futureResult.assumeIsolated().whenComplete { _ in self.lingerUntil = .now() + self.timeouts.linger }
    context.close(mode: .output, promise: sent)
    resumeReading()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    logger.debug("HTTP/1.1 connection failed", metadata: ["error": "\(error)"])
    guard !isClosing else { return }
    guard let error = error as? HTTPParserError else {
      closeNow()
      return
    }
    parserError = error
    if mustWait { return }  // those before it are answered first
    refuse(error)
  }

  /// Answers what cannot be understood, and ends the connection: where the next request would begin is unknown.
  private func refuse(_ error: HTTPParserError) {
    refuse(status: error == .headerOverflow ? "431" : "400")
  }

  private func refuse(status: String) {
    let head: HeaderBlock = [":status": status, "content-length": "0"]
    if let current {
      if current.headSent { closeNow() } else { current.refuse(head) }
      return
    }
    var response = head.http1ResponseHead
    response.headers.add(name: "connection", value: "close")
    write(.head(response), flush: false)
    write(.end(nil), flush: true)
    linger()
  }

  // MARK: Upgrade (RFC 9110 §7.8)

  /// Sends the 101, takes the handlers of HTTP out of the pipeline, and has `install` put others in. The socket is not
  /// read meanwhile: what comes next belongs to the other protocol, and so does what has come behind the request.
  func upgrade(
    _ stream: HTTP1ServerStream, _ head: HTTPResponseHead,
    to install: @escaping (any Channel) throws -> any ServerConnection
  ) {
    guard current === stream, !isClosing, let context, let wire else { return }
    // Where the decoder took bytes behind the request for another request, they cannot be given back.
    guard pipelined.isEmpty, parserError == nil else { return closeNow() }
    current = nil
    isUpgrading = true
    var head = head
    head.headers.add(name: "connection", value: "upgrade")
    if let name = stream.requestedUpgrade { head.headers.add(name: "upgrade", value: name) }
    write(.head(head), flush: false)
    write(.end(nil), flush: false)
    owesFlush = false
    context.flush()
    let pipeline = context.pipeline.syncOperations
    do {
      let leaving: [any RemovableChannelHandler] = [
        wire, try pipeline.handler(type: ByteToMessageHandler<HTTP1Decoder>.self),
        try pipeline.handler(type: HTTPResponseEncoder.self),
      ]
      EventLoopFuture.andAllSucceed(leaving.map { pipeline.removeHandler($0) }, on: context.eventLoop)
        .assumeIsolated().whenComplete { result in self.becomeOther(result, install) }
    } catch {
      closeNow()
    }
  }

  /// Takes what the decoder has left untouched behind the upgrade's request.
  ///
  /// - Returns: false while no upgrade is under way.
  func takeLeftover(_ buffer: inout ByteBuffer) -> Bool {
    guard isUpgrading else { return false }
    leftover = buffer.readSlice(length: buffer.readableBytes)
    return true
  }

  private func becomeOther(_ result: Result<Void, any Error>, _ install: (any Channel) throws -> any ServerConnection) {
    guard !isClosing, let context, case .success = result else { return closeNow() }
    let channel = context.channel
    do {
      let successor = try install(channel)
      let connections = connections
      connections.add(successor)
      channel.closeFuture.assumeIsolated().whenComplete { _ in connections.remove(successor) }
    } catch {
      logger.debug("upgrade failed", metadata: ["error": "\(error)"])
      return closeNow()
    }
    if let leftover, leftover.readableBytes > 0 {
      context.fireChannelRead(NIOAny(leftover))
      context.fireChannelReadComplete()
    }
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
    channel.read()
  }

  // MARK: Time and drain

  func tick(now: NIODeadline) {
    if let lingerUntil, now >= lingerUntil { closeNow() }
    guard !isClosing else { return }
    // A response that was handed over whole is over for its stream, but not for the socket.
    if outbound.isStalled(buffered: bufferedBytes, now: now, limit: timeouts.outboundStall) { return closeNow() }
    if let stream = current {
      if !stream.remoteEnded, stream.enforcesBodyTimeout { checkBody(now) }
    } else if let headBegan {
      if isWritable, now - headBegan > timeouts.header { refuse(status: "408") }
    } else if !isUpgrading {
      let since = idleSince ?? now
      idleSince = since
      if now - since > (hasServed ? timeouts.idle : timeouts.header) { closeNow() }
    }
  }

  private func checkBody(_ now: NIODeadline) {
    if isBodyPaused { return bodyClock.excuse(EventLoopConnections.tickInterval) }
    if now - lastBodyPart > timeouts.body || bodyClock.isOver(now, timeouts) { refuse(status: "408") }
  }

  /// Bytes that the socket has not taken yet.
  private var bufferedBytes: Int {
    do {
      return try context?.channel.syncOptions?.getOption(.bufferedWritableBytes) ?? 0
    } catch {
      // A channel that can't tell how much tells at least that it is much.
      return isWritable ? 0 : 1
    }
  }

  func drain() {
    isDraining = true
    if let current {
      current.isKeepAlive = false
    } else if bufferedBytes > 0 {
      linger()
    } else {
      closeNow()
    }
  }

  func closeNow() {
    isClosing = true
    context?.close(promise: nil)
  }
}
