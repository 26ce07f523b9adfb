internal import HTTPTransport
internal import NIOCore

/// One request and its response on a connection. All state belongs to the connection's event loop.
final class OutboundExchange: HTTPStreamDelegate, @unchecked Sendable {
  struct Response: Sendable {
    var status: Int
    var head: HeaderBlock
    var body: ByteBuffer
    /// Whether the connection can take another request.
    var isReusable: Bool
  }

  struct Failure: Error {
    var error: OutboundError
    /// The connection ended without a byte of a response, as one does that the server had given up meanwhile.
    var isUnanswered = false
  }

  struct Limits: Sendable {
    var headTimeout: TimeAmount
    var bodyTimeout: TimeAmount
    var maxEncodedBytes: Int
    var maxBytes: Int
    /// The request is HEAD: what its response announces never comes.
    var isHead: Bool
    /// The response counts from its head on, whatever becomes of its body.
    var ignoresBody = false
  }

  private let connection: HTTP1ClientConnection
  private let limits: Limits
  private let promise: EventLoopPromise<Response>
  private var stream: (any HTTPStream)?
  private var timer: Scheduled<Void>?
  private var head: (status: Int, block: HeaderBlock)?
  private var body: ResponseBody?
  private var isDone = false

  private init(_ connection: HTTP1ClientConnection, limits: Limits) {
    self.connection = connection
    self.limits = limits
    promise = connection.eventLoop.makePromise()
  }

  /// Sends a request and waits for its response.
  ///
  /// - Throws: `Failure`, `CancellationError`; the connection is closed then.
  static func run(
    _ head: HeaderBlock, body: ByteBuffer?, on connection: HTTP1ClientConnection, limits: Limits
  ) async throws -> Response {
    let exchange = OutboundExchange(connection, limits: limits)
    return try await withTaskCancellationHandler {
      connection.eventLoop.execute { exchange.start(head, body: body) }
      return try await exchange.promise.futureResult.get()
    } onCancel: {
      connection.eventLoop.execute { exchange.end(with: CancellationError()) }
    }
  }

  private func start(_ head: HeaderBlock, body: ByteBuffer?) {
    guard !isDone else { return connection.close() }
    startTimer(limits.headTimeout, "the response's head")
    do {
      let stream = try connection.openStream(head: head, endStream: body == nil, delegate: self)
      if isDone { return }
      self.stream = stream
      if let body { stream.send(data: body, endStream: true) }
    } catch {
      let error = OutboundError(.connectionLost, "the connection was closed meanwhile", cause: error)
      end(with: Failure(error: error, isUnanswered: true))
    }
  }

  private func startTimer(_ limit: TimeAmount, _ phase: String) {
    timer?.cancel()
    timer = connection.eventLoop.scheduleTask(in: limit) {
      let text = Duration.nanoseconds(limit.nanoseconds)
      self.end(with: Failure(error: OutboundError(.timeout, "\(phase) took longer than \(text)")))
    }
  }

  /// Ends without a response; what is under way is given up, and the connection with it.
  private func end(with error: any Error) {
    guard !isDone else { return }
    isDone = true
    timer?.cancel()
    stream?.reset(.cancel)
    stream = nil
    connection.close()
    if limits.ignoresBody, let head, error is Failure {
      promise.succeed(Response(status: head.status, head: head.block, body: ByteBuffer(), isReusable: false))
    } else {
      promise.fail(error)
    }
  }

  // MARK: HTTPStreamDelegate

  func streamReceived(head: HeaderBlock, endStream: Bool) {
    guard !isDone else { return }
    startTimer(limits.bodyTimeout, "the response's body")
    do throws(OutboundError) {
      guard let status = head[":status"].flatMap({ Int($0) }) else {
        throw OutboundError(.protocol, "the response has no status")
      }
      self.head = (status, head)
      var codings: [String] = []
      for index in 0..<head.count where head.nameEquals("content-encoding", at: index) {
        codings.append(head.value(at: index))
      }
      let length = limits.isHead ? nil : head["content-length"].flatMap { Int($0) }
      body = try ResponseBody(
        codings: codings, declaredLength: length, maxEncodedBytes: limits.maxEncodedBytes, maxBytes: limits.maxBytes)
    } catch {
      end(with: Failure(error: error))
    }
  }

  func streamReceived(data: ByteBuffer, endStream: Bool) {
    guard !isDone else { return }
    stream?.consumed(data.readableBytes)
    do throws(OutboundError) {
      try body?.append(data)
    } catch {
      end(with: Failure(error: error))
    }
  }

  func streamReceived(trailers: HeaderBlock) {}

  func streamClosed(_ reason: HTTPStreamCloseReason) {
    guard !isDone else { return }
    stream = nil
    switch reason {
    case .completed: complete()
    case .reset(.protocolError, _):
      end(with: Failure(error: OutboundError(.protocol, "the response is malformed, or its head too large")))
    case .reset, .connectionLost:
      let error = OutboundError(.connectionLost, "the server closed the connection before its response was complete")
      end(with: Failure(error: error, isUnanswered: head == nil))
    }
  }

  private func complete() {
    guard let head, let body else {
      return end(with: Failure(error: OutboundError(.protocol, "the response has no head")))
    }
    do throws(OutboundError) {
      try body.finish()
    } catch {
      return end(with: Failure(error: error))
    }
    isDone = true
    timer?.cancel()
    // The connection learns of the stream's end after the stream's delegate.
    connection.eventLoop.execute { [connection, promise] in
      promise.succeed(
        Response(status: head.status, head: head.block, body: body.bytes, isReusable: connection.isIdle))
    }
  }
}
