internal import HTTPTransport
internal import NIOCore
internal import ProtobufBridge
internal import Synchronization

/// One call on the server: the stream below, the handler's task above.
///
/// All state is touched on the stream's event loop, where the handler's task runs as well; entries that a handler may
/// use from elsewhere hop. What the handler says about metadata and compression is behind a lock of its own.
final class ServerCall: HTTPStreamDelegate, @unchecked Sendable {
  let method: MethodDescriptor
  let head: HeaderBlock
  let deadline: Deadline
  let requestCompression: CompressionAlgorithm
  let clientAccepts: CompressionSet
  let connection: HTTPConnectionInfo
  private let stream: any HTTPStream
  private let server: RPCServer
  private let handler: MethodHandler

  private var inbound: InboundMessages
  private var singleRequest: FramedMessage?
  private var failure: RPCError?
  private var requestWaiter: CheckedContinuation<FramedMessage?, any Error>?
  private var writeWaiters: [CheckedContinuation<Void, any Error>] = []
  private var task: Task<Void, Never>?
  private var timer: Scheduled<Void>?
  private var phase = Phase.receiving
  private var headSent = false
  private var messagesSent = 0

  private enum Phase { case receiving, running, finished }

  /// What the handler adds to its response.
  private struct Reply {
    var initialMetadata: Metadata?
    var trailingMetadata: Metadata?
    var compression = CompressionAlgorithm.identity
    var headSent = false
    var requestMetadata: Metadata?
    var lastRequestWasCompressed = false
  }

  private let reply = Mutex(Reply())

  init(
    stream: any HTTPStream, head: HeaderBlock, handler: MethodHandler, server: RPCServer, deadline: Deadline,
    compression: CompressionAlgorithm, accepts: CompressionSet, metadata: Metadata?
  ) {
    self.stream = stream
    self.head = head
    self.handler = handler
    self.server = server
    self.deadline = deadline
    method = handler.descriptor
    requestCompression = compression
    clientAccepts = accepts
    connection = stream.connection
    inbound = InboundMessages(limit: server.configuration.maxRequestBytes)
    if let metadata { reply.withLock { $0.requestMetadata = metadata } }
    // A stream of requests may pause for as long as its client likes; a single request may not.
    if !method.kind.hasSingleRequest { stream.enforcesBodyTimeout = false }
  }

  var eventLoop: any EventLoop { stream.eventLoop }

  // MARK: From the transport

  /// Starts the clock and, where the handler reads its own requests, the handler.
  func begin(endStream: Bool) {
    if !deadline.isNever {
      guard !deadline.hasPassed(at: .now()) else { return deadlinePassed() }
      timer = eventLoop.scheduleTask(deadline: deadline.instant) {
        self.timer = nil
        self.deadlinePassed()
      }
    }
    if endStream { inbound.end() }
    if method.kind.hasSingleRequest {
      if endStream { receiveSingleRequest() }
    } else {
      start()
    }
  }

  func streamReceived(data: ByteBuffer, endStream: Bool) {
    guard phase != .finished else {
      stream.consumed(data.readableBytes)
      return
    }
    inbound.append(data, endStream: endStream)
    if method.kind.hasSingleRequest { receiveSingleRequest() } else { serveRequestWaiter() }
  }

  func streamReceived(trailers: HeaderBlock) {
    guard phase != .finished else { return }
    inbound.end()
    if method.kind.hasSingleRequest { receiveSingleRequest() } else { serveRequestWaiter() }
  }

  func streamBecameWritable() {
    guard !writeWaiters.isEmpty else { return }
    let waiters = writeWaiters
    writeWaiters.removeAll()
    for waiter in waiters { waiter.resume() }
  }

  func streamClosed(_ reason: HTTPStreamCloseReason) {
    timer?.cancel()
    timer = nil
    guard phase != .finished else { return }
    abandon(RPCError(code: .cancelled, message: "the client has gone"))
  }

  private func receiveSingleRequest() {
    guard phase == .receiving else { return }
    do throws(RPCError) {
      while let message = try nextFrame() {
        guard singleRequest == nil else {
          throw RPCError(code: .internal, message: "method \(method.name) takes one request message, got more")
        }
        singleRequest = message
      }
      guard inbound.isEnded else { return }
      guard singleRequest != nil else {
        throw RPCError(code: .internal, message: "method \(method.name) takes one request message, got none")
      }
      start()
    } catch {
      finish(error)
    }
  }

  private func nextFrame() throws(RPCError) -> FramedMessage? {
    var consumed = 0
    defer { if consumed > 0 { stream.consumed(consumed) } }
    return try inbound.next(consumed: &consumed)
  }

  private func deadlinePassed() {
    guard phase != .finished else { return }
    finish(RPCError(code: .deadlineExceeded, message: "the deadline passed before the call was answered"))
  }

  // MARK: The handler's task

  private func start() {
    guard server.callStarted() else {
      finish(RPCError(code: .unavailable, message: "the server has as many calls as it can serve; try again later"))
      return
    }
    phase = .running
    let started = Task.immediate(executorPreference: connection.executor) { await self.run() }
    if phase == .running { task = started }
  }

  private func run() async {
    defer { server.callEnded() }
    do {
      if deadline.isNever, !server.hasInterceptors {
        try await handler.run(self)
      } else if deadline.isNever {
        try await server.intercept(self) { try await self.handler.run(self) }
      } else {
        try await CallScope.$current.withValue(CallScope(deadline: deadline)) {
          try await server.intercept(self) { try await self.handler.run(self) }
        }
      }
      await onLoop { $0.finish(nil) }
    } catch {
      let mapped = server.status(for: error)
      await onLoop { $0.finish(mapped) }
    }
  }

  @inline(__always)
  private func onLoop(_ body: @escaping @Sendable (ServerCall) -> Void) async {
    if eventLoop.inEventLoop { return body(self) }
    // The loop outlives its connections, so this fails only when the process is going down.
    try? await eventLoop.submit { body(self) }.get()
  }

  /// Ends the call with a status; nil is OK. Only the first end counts.
  private func finish(_ error: RPCError?) {
    guard phase != .finished else { return }
    let wasRunning = phase == .running
    phase = .finished
    timer?.cancel()
    timer = nil
    let extra = reply.withLock { reply in (reply.initialMetadata, reply.trailingMetadata) }
    var error = error
    if error == nil, messagesSent == 0, method.kind.hasSingleResponse {
      error = RPCError(code: .internal, message: "method \(method.name) gave no response")
    }
    if error == nil, extra.1 == nil {
      if !headSent { sendHead() }
      stream.send(trailers: ResponseHead.okTrailers)
    } else {
      var block = headSent ? HeaderBlock() : ResponseHead.trailersOnly
      if !headSent { extra.0?.append(to: &block) }
      ResponseHead.appendStatus(error, trailing: extra.1, to: &block)
      if headSent { stream.send(trailers: block) } else { stream.send(head: block, endStream: true) }
      headSent = true
    }
    if wasRunning { release(error ?? RPCError(code: .cancelled, message: "the call is over")) }
  }

  /// The stream is gone: nobody will read a status.
  private func abandon(_ error: RPCError) {
    phase = .finished
    release(error)
  }

  /// Lets go of the handler: what it waits for ends, its task is cancelled.
  private func release(_ error: RPCError) {
    failure = error
    let waiter = requestWaiter
    requestWaiter = nil
    waiter?.resume(throwing: error)
    let writers = writeWaiters
    writeWaiters.removeAll()
    for writer in writers { writer.resume(throwing: error) }
    task?.cancel()
    task = nil
  }

  // MARK: Requests

  func takeSingleRequest<Request: ProtobufMessage>(_ type: Request.Type) throws -> Request {
    guard let frame = singleRequest else {
      throw RPCError(code: .internal, message: "the request was already taken")
    }
    singleRequest = nil
    return try decode(type, frame)
  }

  /// The only request as it is on the wire, inflated.
  func takeSingleRequestBytes() throws -> ByteBuffer {
    guard let frame = singleRequest else {
      throw RPCError(code: .internal, message: "the request was already taken")
    }
    singleRequest = nil
    return try MessageCoding.plain(
      frame, compression: requestCompression, limit: server.configuration.maxRequestBytes)
  }

  func nextRequest<Request: ProtobufMessage>(_ type: Request.Type) async throws -> Request? {
    let frame: FramedMessage?
    if eventLoop.inEventLoop, requestWaiter == nil, failure == nil, let ready = try nextFrame() {
      frame = ready
    } else {
      frame = try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          if eventLoop.inEventLoop {
            wait(continuation)
          } else {
            eventLoop.execute { self.wait(continuation) }
          }
        }
      } onCancel: {
        eventLoop.execute { self.cancelRequestWaiter() }
      }
    }
    return try frame.map { try decode(type, $0) }
  }

  private func wait(_ continuation: CheckedContinuation<FramedMessage?, any Error>) {
    guard requestWaiter == nil else {
      continuation.resume(
        throwing: RPCError(code: .internal, message: "two tasks read the requests of one call at once"))
      return
    }
    if let failure {
      continuation.resume(throwing: failure)
      return
    }
    requestWaiter = continuation
    serveRequestWaiter()
    if Task.isCancelled { cancelRequestWaiter() }
  }

  private func cancelRequestWaiter() {
    let waiter = requestWaiter
    requestWaiter = nil
    waiter?.resume(throwing: failure ?? CancellationError())
  }

  private func serveRequestWaiter() {
    guard requestWaiter != nil else { return }
    let result: Result<FramedMessage?, any Error>
    do {
      let frame = try nextFrame()
      if frame == nil, !inbound.isEnded { return }
      result = .success(frame)
    } catch {
      result = .failure(error)
    }
    let waiter = requestWaiter
    requestWaiter = nil
    waiter?.resume(with: result)
  }

  private func decode<Request: ProtobufMessage>(_ type: Request.Type, _ frame: FramedMessage) throws -> Request {
    if frame.isCompressed || requestCompression != .identity {
      reply.withLock { $0.lastRequestWasCompressed = frame.isCompressed }
    }
    return try MessageCoding.message(
      type, from: frame, compression: requestCompression, limit: server.configuration.maxRequestBytes)
  }

  // MARK: Responses

  func send<Response: ProtobufMessage>(_ response: Response, compress: Bool) async throws {
    let compression = compress ? reply.withLock { $0.compression } : .identity
    let frame = try MessageCoding.frame(
      response, compression: compression, limit: server.configuration.maxResponseBytes)
    try await send(frame: frame)
  }

  func send<Response: ProtobufMessage>(_ response: EncodedMessage<Response>) async throws {
    let compression = reply.withLock { $0.compression }
    let frame = try MessageCoding.frame(
      response, compression: compression, limit: server.configuration.maxResponseBytes)
    try await send(frame: frame)
  }

  /// Sends a message that is encoded already.
  func send(bytes: ByteBuffer) async throws {
    var frame = ByteBuffer()
    frame.reserveCapacity(MessageFramer.prefixLength + bytes.readableBytes)
    try MessageFramer.writePrefix(
      length: bytes.readableBytes, isCompressed: false, limit: server.configuration.maxResponseBytes, into: &frame)
    frame.writeImmutableBuffer(bytes)
    try await send(frame: frame)
  }

  private func send(frame: ByteBuffer) async throws {
    if eventLoop.inEventLoop {
      try write(frame)
      if stream.outboundBufferedBytes <= HTTPStreamWatermark.high || method.kind.hasSingleResponse { return }
    } else {
      try await eventLoop.submit { try self.write(frame) }.get()
      if method.kind.hasSingleResponse { return }
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        if eventLoop.inEventLoop {
          waitForRoom(continuation)
        } else {
          eventLoop.execute { self.waitForRoom(continuation) }
        }
      }
    } onCancel: {
      eventLoop.execute {
        let writers = self.writeWaiters
        self.writeWaiters.removeAll()
        for writer in writers { writer.resume(throwing: CancellationError()) }
      }
    }
  }

  private func write(_ frame: ByteBuffer) throws {
    guard phase == .running else {
      throw failure ?? RPCError(code: .cancelled, message: "the call is over")
    }
    if method.kind.hasSingleResponse, messagesSent > 0 {
      throw RPCError(code: .internal, message: "method \(method.name) gives one response message")
    }
    if !headSent { sendHead() }
    messagesSent += 1
    stream.send(data: frame, endStream: false)
  }

  private func waitForRoom(_ continuation: CheckedContinuation<Void, any Error>) {
    if let failure {
      continuation.resume(throwing: failure)
    } else if stream.outboundBufferedBytes <= HTTPStreamWatermark.high {
      continuation.resume()
    } else {
      writeWaiters.append(continuation)
    }
  }

  private func sendHead() {
    headSent = true
    let (metadata, compression) = reply.withLock { reply in
      reply.headSent = true
      return (reply.initialMetadata, reply.compression)
    }
    if metadata == nil, compression == .identity {
      stream.send(head: ResponseHead.plain, endStream: false)
    } else {
      var block = ResponseHead.plain
      if compression != .identity { block.append("grpc-encoding", compression.name) }
      metadata?.append(to: &block)
      stream.send(head: block, endStream: false)
    }
  }

  // MARK: What the context offers

  func status(for error: any Error) -> RPCError { server.status(for: error) }

  var requestMetadata: Metadata {
    reply.withLock { reply in
      if let metadata = reply.requestMetadata { return metadata }
      // Blocks with binary values, which can be malformed, were read when the call began.
      let metadata = (try? Metadata(head, sizeLimit: .max)) ?? Metadata()
      reply.requestMetadata = metadata
      return metadata
    }
  }

  var lastRequestWasCompressed: Bool { reply.withLock { $0.lastRequestWasCompressed } }

  func addInitialMetadata(_ metadata: Metadata) throws {
    try reply.withLock { reply in
      guard !reply.headSent else {
        throw RPCError(code: .failedPrecondition, message: "initial metadata has been sent already")
      }
      var all = reply.initialMetadata ?? Metadata()
      all.append(contentsOf: metadata)
      reply.initialMetadata = all
    }
  }

  func addTrailingMetadata(_ metadata: Metadata) {
    reply.withLock { reply in
      var all = reply.trailingMetadata ?? Metadata()
      all.append(contentsOf: metadata)
      reply.trailingMetadata = all
    }
  }

  func setResponseCompression(_ algorithm: CompressionAlgorithm) {
    guard clientAccepts.contains(algorithm) else { return }
    reply.withLock { reply in
      if !reply.headSent { reply.compression = algorithm }
    }
  }

  func sendInitialMetadata() async {
    await onLoop { call in
      if call.phase == .running, !call.headSent { call.sendHead() }
    }
  }
}
