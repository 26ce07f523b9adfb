internal import HTTPTransport
internal import NIOCore

/// One attempt of a call on one connection: the stream below, the caller's task above.
///
/// All state is touched on the connection's event loop; what callers use hops there when it must.
final class ClientCall: HTTPStreamDelegate, @unchecked Sendable {
  /// How the attempt ended.
  struct Outcome: Sendable {
    /// Nil is OK.
    var error: RPCError?
    var head: HeaderBlock?
    var trailers = HeaderBlock()
    /// The one message of a method with a single response, when the status is OK.
    var message: FramedMessage?
    /// The server has certainly not looked at the request, so it may be sent again.
    var isUnprocessed = false
    /// Whether anything of it has reached the wire.
    var wasSent = true
  }

  let eventLoop: any EventLoop
  private let method: MethodDescriptor
  private let deadline: Deadline
  private let maxResponseBytes: Int

  private var stream: (any HTTPStream)?
  private var inbound: InboundMessages
  private var head: HeaderBlock?
  private(set) var compression = CompressionAlgorithm.identity
  private var outcome: Outcome?
  private var timer: Scheduled<Void>?
  private var localEnded = false

  private var messageWaiter: CheckedContinuation<FramedMessage?, any Error>?
  private var headWaiter: CheckedContinuation<HeaderBlock?, Never>?
  private var outcomeWaiter: CheckedContinuation<Outcome, Never>?
  private var writeWaiters: [CheckedContinuation<Void, any Error>] = []

  init(eventLoop: any EventLoop, method: MethodDescriptor, deadline: Deadline, maxResponseBytes: Int) {
    self.eventLoop = eventLoop
    self.method = method
    self.deadline = deadline
    self.maxResponseBytes = maxResponseBytes
    inbound = InboundMessages(limit: maxResponseBytes)
  }

  // MARK: Sending

  /// Opens the stream. On the event loop.
  ///
  /// - Parameters:
  ///   - request: the only request message, framed; nil when requests are written one by one.
  /// - Throws: `HTTPTransportError` when the connection takes no more; nothing has been sent then.
  func start(on connection: any HTTPClientConnection, head: HeaderBlock, request: ByteBuffer?) throws {
    let stream = try connection.openStream(head: head, endStream: false, delegate: self)
    self.stream = stream
    if let request {
      localEnded = true
      stream.send(data: request, endStream: true)
    }
    if !deadline.isNever {
      timer = eventLoop.scheduleTask(deadline: deadline.instant) {
        self.cancel(RPCError(code: .deadlineExceeded, message: "the deadline passed before the answer came"))
      }
    }
  }

  /// Sends a request message; returns when there is room for the next.
  ///
  /// - Throws: the call's `RPCError` once it has ended.
  func write(_ frame: ByteBuffer) async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        onLoop {
          guard let stream = self.stream, self.outcome == nil, !self.localEnded else {
            continuation.resume(throwing: self.writeError)
            return
          }
          stream.send(data: frame, endStream: false)
          if stream.outboundBufferedBytes <= HTTPStreamWatermark.high {
            continuation.resume()
          } else {
            self.writeWaiters.append(continuation)
          }
        }
      }
    } onCancel: {
      onLoop { self.cancel(Self.cancelled) }
    }
  }

  private var writeError: RPCError {
    if let error = outcome?.error { return error }
    return RPCError(
      code: .failedPrecondition,
      message: outcome == nil ? "the request stream was finished already" : "the server has ended the call")
  }

  /// Tells the server that no more requests come.
  func finishWriting() {
    onLoop {
      guard !self.localEnded else { return }
      self.localEnded = true
      self.stream?.send(data: ByteBuffer(), endStream: true)
    }
  }

  /// Gives the call up, unless it has ended.
  func cancel(_ error: RPCError) {
    eventLoop.assertInEventLoop()
    guard outcome == nil else { return }
    finish(error)
    stream?.reset(.cancel)
  }

  static let cancelled = RPCError(code: .cancelled, message: "the caller has cancelled the call")

  /// Gives the call up from any thread.
  func abandon() { onLoop { self.cancel(Self.cancelled) } }

  // MARK: Receiving

  /// The next response message; nil after the last, when the status was OK.
  ///
  /// - Throws: the status as `RPCError`.
  func next() async throws -> FramedMessage? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        onLoop {
          guard self.messageWaiter == nil else {
            continuation.resume(
              throwing: RPCError(code: .internal, message: "two tasks read the responses of one call at once"))
            return
          }
          self.messageWaiter = continuation
          self.serveMessageWaiter()
        }
      }
    } onCancel: {
      onLoop { self.cancel(Self.cancelled) }
    }
  }

  /// The response head; nil when the call ended without one.
  func initialHead() async -> HeaderBlock? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        onLoop {
          if self.head != nil || self.outcome != nil || self.headWaiter != nil {
            continuation.resume(returning: self.head)
          } else {
            self.headWaiter = continuation
          }
        }
      }
    } onCancel: {
      onLoop { self.cancel(Self.cancelled) }
    }
  }

  /// Waits for the end.
  func waitForOutcome() async -> Outcome {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        onLoop { self.wait(continuation) }
      }
    } onCancel: {
      onLoop { self.cancel(Self.cancelled) }
    }
  }

  /// How the attempt ended; nil when it has not.
  func outcomeSoFar() async -> Outcome? {
    await withCheckedContinuation { continuation in
      onLoop { continuation.resume(returning: self.outcome) }
    }
  }

  /// Sends messages that another attempt has sent before, all at once.
  func replay(_ frames: [ByteBuffer]) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      onLoop {
        for frame in frames { self.stream?.send(data: frame, endStream: false) }
        continuation.resume()
      }
    }
  }

  /// As `waitForOutcome`, for a caller that is on the loop already.
  func wait(_ continuation: CheckedContinuation<Outcome, Never>) {
    if let outcome {
      continuation.resume(returning: outcome)
    } else {
      outcomeWaiter = continuation
    }
  }

  private func takeSingleResponse() throws(RPCError) -> FramedMessage {
    guard let message = try nextFrame() else {
      throw RPCError(code: .internal, message: "the server ended \(method.name) without a response message")
    }
    guard try nextFrame() == nil else {
      throw RPCError(code: .internal, message: "the server gave \(method.name) more than one response message")
    }
    return message
  }

  private func nextFrame() throws(RPCError) -> FramedMessage? {
    var consumed = 0
    defer { if consumed > 0 { stream?.consumed(consumed) } }
    return try inbound.next(consumed: &consumed)
  }

  private func serveMessageWaiter() {
    guard messageWaiter != nil else { return }
    let result: Result<FramedMessage?, any Error>
    do throws(RPCError) {
      if let frame = try nextFrame() {
        result = .success(frame)
      } else if let outcome {
        result = outcome.error.map { .failure($0) } ?? .success(nil)
      } else {
        return
      }
    } catch {
      cancel(error)
      result = .failure(outcome?.error ?? error)
    }
    let waiter = messageWaiter
    messageWaiter = nil
    waiter?.resume(with: result)
  }

  // MARK: From the transport

  func streamReceived(head block: HeaderBlock, endStream: Bool) {
    guard outcome == nil else { return }
    let isHTTPOK = block.value(of: ":status", equals: "200")
    let type = block.firstIndex(of: "content-type")
    let isGRPC = type.map { index in block.withValue(at: index) { ContentType($0) != nil } } ?? false
    guard isHTTPOK, isGRPC else {
      let status = block[":status"].flatMap { Int($0) } ?? 0
      var error =
        block.status
        ?? RPCError(
          code: HTTPStatusMapping.code(httpStatus: status),
          message: "the server answered with HTTP status \(status), not in gRPC")
      if isHTTPOK { error = RPCError(code: .unknown, message: "the server did not answer in gRPC (content-type)") }
      fail(error, trailers: block)
      return
    }
    if endStream {
      head = nil
      finish(block.status ?? Self.noStatus, trailers: block)
      return
    }
    if let index = block.firstIndex(of: "grpc-encoding") {
      do throws(RPCError) {
        compression = try block.value(at: index) { bytes throws(RPCError) in
          try CompressionAlgorithm(grpcEncoding: bytes)
        }
      } catch {
        fail(RPCError(code: .internal, message: error.message))
        return
      }
    }
    head = block
    let waiter = headWaiter
    headWaiter = nil
    waiter?.resume(returning: block)
  }

  func streamReceived(data: ByteBuffer, endStream: Bool) {
    guard outcome == nil else {
      stream?.consumed(data.readableBytes)
      return
    }
    inbound.append(data, endStream: endStream)
    if endStream {
      finish(Self.noStatus)
    } else if messageWaiter != nil {
      serveMessageWaiter()
    } else if method.kind.hasSingleResponse {
      takeAheadOfEnd()
    }
  }

  /// A single response is wanted for certain: its bytes are counted as taken at once, up to the limit, so that a
  /// response larger than the window can arrive.
  private func takeAheadOfEnd() {
    var consumed = 0
    do throws(RPCError) {
      try inbound.collectSingle(consumed: &consumed)
    } catch {
      cancel(error)
    }
    if consumed > 0 { stream?.consumed(consumed) }
  }

  func streamReceived(trailers: HeaderBlock) {
    guard outcome == nil else { return }
    inbound.end()
    finish(trailers.status ?? Self.noStatus, trailers: trailers)
  }

  func streamBecameWritable() {
    let waiters = writeWaiters
    writeWaiters.removeAll()
    for waiter in waiters { waiter.resume() }
  }

  func streamClosed(_ reason: HTTPStreamCloseReason) {
    stream = nil
    guard outcome == nil else { return }
    switch reason {
    case .completed: finish(Self.noStatus)
    case .reset(let code, _):
      finish(
        RPCError(
          code: HTTPStatusMapping.code(http2Error: code.rawValue), message: "the server reset the stream (\(code))"),
        isUnprocessed: HTTPStatusMapping.isTransparentlyRetryable(http2Error: code.rawValue))
    case .connectionLost(let unprocessed):
      finish(
        RPCError(code: .unavailable, message: "the connection was lost before the answer came"),
        isUnprocessed: unprocessed)
    }
  }

  private static let noStatus: RPCError? = RPCError(
    code: .internal, message: "the server ended the call without a grpc-status")

  private func fail(_ error: RPCError, trailers: HeaderBlock = HeaderBlock()) {
    finish(error, trailers: trailers)
    stream?.reset(.cancel)
  }

  private func finish(_ error: RPCError?, trailers: HeaderBlock = HeaderBlock(), isUnprocessed: Bool = false) {
    guard outcome == nil else { return }
    timer?.cancel()
    timer = nil
    var error = error
    if error?.code == .ok { error = nil }
    var message: FramedMessage?
    if error == nil, method.kind.hasSingleResponse {
      do throws(RPCError) { message = try takeSingleResponse() } catch let flaw { error = flaw }
    }
    let outcome = Outcome(
      error: error, head: head, trailers: trailers, message: message, isUnprocessed: isUnprocessed)
    self.outcome = outcome
    let head = headWaiter
    headWaiter = nil
    head?.resume(returning: self.head)
    let end = outcomeWaiter
    outcomeWaiter = nil
    end?.resume(returning: outcome)
    let writers = writeWaiters
    writeWaiters.removeAll()
    for writer in writers { writer.resume(throwing: writeError) }
    serveMessageWaiter()
  }

  @inline(__always)
  private func onLoop(_ body: @escaping @Sendable () -> Void) {
    if eventLoop.inEventLoop { body() } else { eventLoop.execute(body) }
  }
}

extension HeaderBlock {
  /// The status that trailers carry; nil without `grpc-status`. An OK status is an error of code OK.
  var status: RPCError? {
    guard let index = firstIndex(of: "grpc-status") else { return nil }
    let code = withValue(at: index) { RPCError.Code(grpcStatus: $0) } ?? .unknown
    if code == .ok { return RPCError(code: .ok, message: "") }
    let message = self["grpc-message"].map { StatusMessage.decode($0) } ?? ""
    // Malformed binary trailers do not hide the status itself.
    let metadata = (try? Metadata(self, sizeLimit: .max)) ?? Metadata()
    return RPCError(code: code, message: message, metadata: metadata)
  }
}
