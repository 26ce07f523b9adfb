import HTTPTypes
import NIOCore

/// Joins a stream, which lives on its event loop, with the task that answers it, which may be anywhere.
///
/// All state belongs to the event loop. The task runs there as a rule and then touches it at once; from elsewhere it
/// hops. Jobs of one task reach the loop in the order in which they were made.
final class HTTPExchange: HTTPStreamDelegate, @unchecked Sendable {
  let stream: any HTTPStream
  private let eventLoop: any EventLoop
  private var task: Task<Void, Never>?

  private var inbound = InboundBody()
  private var reader: Waiter<ByteBuffer?>?
  private var writer: Waiter<Void>?
  private var headSent = false
  private var hasEnded = false
  private var isClosed = false
  /// Another delegate answers; the task may end before it has done so.
  private var isHandedOver = false

  /// A suspended call of the task's. Belongs to the event loop, as all else here.
  private final class Waiter<Value>: @unchecked Sendable {
    var continuation: UnsafeContinuation<Value, any Error>?
    var isCancelled = false

    func resume(with result: sending Result<Value, any Error>) {
      continuation?.resume(with: result)
      continuation = nil
    }
  }

  init(_ stream: any HTTPStream, requestEnded: Bool) {
    self.stream = stream
    eventLoop = stream.eventLoop
    inbound.hasEnded = requestEnded
  }

  static let closed = HTTPTransportError(.connectionClosed, "the peer has gone, or the response has ended")

  func start(_ body: @escaping @Sendable () async -> Void) {
    task = Task.immediate(executorPreference: stream.connection.executor) { await body() }
    if isClosed { task?.cancel() }
  }

  private func onLoop(_ body: @escaping @Sendable () -> Void) {
    if eventLoop.inEventLoop { body() } else { eventLoop.execute(body) }
  }

  // MARK: From the stream

  func streamReceived(data: ByteBuffer, endStream: Bool) {
    inbound.append(data)
    if endStream { inbound.hasEnded = true }
    serveReader()
  }

  func streamReceived(trailers: HeaderBlock) {
    inbound.trailers = trailers
    inbound.hasEnded = true
    serveReader()
  }

  func streamBecameWritable() {
    let writer = writer
    self.writer = nil
    writer?.resume(with: .success(()))
  }

  func streamClosed(_ reason: HTTPStreamCloseReason) {
    isClosed = true
    // What has arrived in full may still be read.
    if !inbound.hasEnded { inbound.fail() }
    serveReader()
    let writer = writer
    self.writer = nil
    writer?.resume(with: .failure(Self.closed))
    if reason != .completed || !hasEnded { task?.cancel() }
  }

  // MARK: Body

  /// The next piece of the body; nil at its end. One caller at a time.
  func read() async throws -> ByteBuffer? {
    if eventLoop.inEventLoop, let piece = try takePiece() { return piece.buffer }
    let waiter = Waiter<ByteBuffer?>()
    return try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        onLoop {
          waiter.continuation = continuation
          if waiter.isCancelled || self.reader != nil {
            waiter.resume(with: .failure(CancellationError()))
          } else {
            self.reader = waiter
            self.serveReader()
          }
        }
      }
    } onCancel: {
      onLoop {
        waiter.isCancelled = true
        if self.reader === waiter { self.reader = nil }
        waiter.resume(with: .failure(CancellationError()))
      }
    }
  }

  private func takePiece() throws -> InboundBody.Piece? {
    guard let piece = try inbound.next() else { return nil }
    if let buffer = piece.buffer { stream.consumed(buffer.readableBytes) }
    return piece
  }

  private func serveReader() {
    guard let reader else { return }
    do {
      guard let piece = try takePiece() else { return }
      self.reader = nil
      reader.resume(with: .success(piece.buffer))
    } catch {
      self.reader = nil
      reader.resume(with: .failure(error))
    }
  }

  /// The request's trailers, once its body has been read to the end.
  func trailers() async -> HTTPFields? {
    if eventLoop.inEventLoop { return inbound.trailers?.httpFields }
    return await withUnsafeContinuation { continuation in
      eventLoop.execute { continuation.resume(returning: self.inbound.trailers?.httpFields) }
    }
  }

  // MARK: Response

  func send(head: HeaderBlock, endStream: Bool) {
    onLoop {
      guard !self.headSent else { return }
      self.headSent = true
      self.hasEnded = endStream
      self.stream.send(head: head, endStream: endStream)
    }
  }

  /// Sends a whole response, whose body is not empty.
  func respond(head: HeaderBlock, body: ByteBuffer) {
    onLoop {
      guard !self.headSent else { return }
      self.headSent = true
      self.hasEnded = true
      self.stream.send(head: head, wholeBody: body)
    }
  }

  /// Sends a piece; returns when the stream can take more.
  func write(_ data: ByteBuffer) async throws {
    if eventLoop.inEventLoop {
      try enqueue(data)
      if stream.outboundBufferedBytes <= HTTPStreamWatermark.high { return }
    }
    let isQueued = eventLoop.inEventLoop
    let waiter = Waiter<Void>()
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        onLoop {
          waiter.continuation = continuation
          do {
            if !isQueued { try self.enqueue(data) }
            self.waitUntilWritable(waiter)
          } catch {
            waiter.resume(with: .failure(error))
          }
        }
      }
    } onCancel: {
      onLoop {
        waiter.isCancelled = true
        if self.writer === waiter { self.writer = nil }
        waiter.resume(with: .failure(CancellationError()))
      }
    }
  }

  private func enqueue(_ data: ByteBuffer) throws {
    guard headSent, !hasEnded, !isClosed else { throw Self.closed }
    stream.send(data: data, endStream: false)
  }

  private func waitUntilWritable(_ waiter: Waiter<Void>) {
    if isClosed {
      waiter.resume(with: .failure(Self.closed))
    } else if stream.outboundBufferedBytes <= HTTPStreamWatermark.high {
      waiter.resume(with: .success(()))
    } else if waiter.isCancelled || writer != nil {
      waiter.resume(with: .failure(CancellationError()))
    } else {
      writer = waiter
    }
  }

  func finish(data: ByteBuffer? = nil, trailers: HeaderBlock?) {
    onLoop {
      guard self.headSent, !self.hasEnded else { return }
      self.hasEnded = true
      if let trailers, !trailers.isEmpty {
        if let data { self.stream.send(data: data, endStream: false) }
        self.stream.send(trailers: trailers)
      } else {
        self.stream.send(data: data ?? ByteBuffer(), endStream: true)
      }
    }
  }

  func reset(_ code: HTTP2ErrorCode) {
    onLoop { self.stream.reset(code) }
  }

  func setEnforcesBodyTimeout(_ enforces: Bool) {
    onLoop { self.stream.enforcesBodyTimeout = enforces }
  }

  // MARK: Another owner

  /// Gives the stream to another delegate, which writes what the task has not written. What has arrived of the request
  /// and was not read is shown to it.
  ///
  /// - Parameter successor: called on the event loop, unless the stream has closed by then.
  func handOver(to successor: @escaping @Sendable (any HTTPStream) -> (any HTTPStreamDelegate)?) {
    onLoop { self.isHandedOver = true }
    // In a later turn: the transport has not taken the first delegate yet when a task answers at once.
    eventLoop.execute {
      guard !self.isClosed else { return }
      self.hasEnded = true
      self.headSent = true
      let delegate = successor(self.stream)
      guard !self.isClosed else {
        delegate?.streamClosed(.completed)
        return
      }
      self.stream.delegate = delegate
      guard let delegate else { return self.stopReading() }
      self.inbound.replay(to: delegate)
    }
  }

  // MARK: The handler's end

  func handlerReturned() {
    onLoop {
      if self.isHandedOver { return }
      if self.headSent {
        self.finish(trailers: nil)
      } else {
        self.send(head: HTTPReply.internalError, endStream: true)
      }
      self.stopReading()
    }
  }

  func handlerFailed(_ error: any Error, report: @escaping @Sendable (any Error) -> Void) {
    onLoop {
      if self.isClosed || self.isHandedOver { return }
      if !(error is CancellationError) { report(error) }
      if self.hasEnded { return }
      if self.headSent {
        self.stream.reset(.internalError)
      } else {
        let isTooLarge = (error as? HTTPTransportError)?.code == .bodyTooLarge
        self.send(head: isTooLarge ? HTTPReply.bodyTooLarge : HTTPReply.internalError, endStream: true)
      }
      self.stopReading()
    }
  }

  /// Nobody will read the rest of the body.
  private func stopReading() {
    stream.consumed(inbound.discard())
  }
}
