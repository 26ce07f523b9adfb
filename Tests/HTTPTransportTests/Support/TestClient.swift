import HTTPTransport
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// What a call brought.
struct Reply: Sendable {
  var status: String?
  var head: HeaderBlock?
  var body = ByteBuffer()
  var trailers: HeaderBlock?
}

struct CallFailed: Error {
  let reason: HTTPStreamCloseReason
}

/// One call of a client, gathered until it is over.
final class TestCall: HTTPStreamDelegate, @unchecked Sendable {
  private let eventLoop: any EventLoop
  private let promise: EventLoopPromise<Reply>
  fileprivate var stream: (any HTTPStream)?
  private var gathered = Reply()
  private var pieces = 0

  init(_ eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
    promise = eventLoop.makePromise()
  }

  // A call that was never sent.
  deinit { promise.fail(CancellationError()) }

  var reply: Reply { get async throws { try await promise.futureResult.get() } }

  func send(_ data: ByteBuffer, endStream: Bool) async throws {
    try await eventLoop.submit { self.stream?.send(data: data, endStream: endStream) }.get()
  }

  func send(trailers: HeaderBlock) async throws {
    try await eventLoop.submit { self.stream?.send(trailers: trailers) }.get()
  }

  func reset() async throws { try await eventLoop.submit { self.stream?.reset(.cancel) }.get() }

  func streamReceived(head: HeaderBlock, endStream: Bool) {
    gathered.head = head
    gathered.status = head[":status"]
  }

  func streamReceived(data: ByteBuffer, endStream: Bool) {
    var data = data
    stream?.consumed(data.readableBytes)
    gathered.body.writeBuffer(&data)
  }

  func streamReceived(trailers: HeaderBlock) { gathered.trailers = trailers }

  func streamClosed(_ reason: HTTPStreamCloseReason) {
    stream = nil
    if reason == .completed { promise.succeed(gathered) } else { promise.fail(CallFailed(reason: reason)) }
  }
}

/// A client connection of either version, with what its delegate heard.
final class TestClient: HTTPClientConnectionDelegate {
  private let promisedEnd = Promised<HTTPTransportError.Code>()
  private let promisedGoAway = Promised<HTTP2ErrorCode>()
  private let box = NIOLockedValueBox<(any HTTPClientConnection)?>(nil)

  enum Failure: Error { case notConnected }

  static let executor = EventLoopExecutor(LoopbackServer.group.next())

  static func connect(
    _ server: LoopbackServer, hostname: String? = nil,
    configuration: HTTP2ClientConnection.Configuration = .init()
  ) async throws -> TestClient {
    let client = TestClient()
    let connection = try await HTTP2ClientConnection.connect(
      to: server.address, hostname: hostname, configuration: configuration, executor: executor, delegate: client)
    client.box.withLockedValue { $0 = connection }
    return client
  }

  static func connectHTTP1(
    _ server: LoopbackServer, hostname: String? = nil,
    configuration: HTTP1ClientConnection.Configuration = .init()
  ) async throws -> TestClient {
    let client = TestClient()
    let connection = try await HTTP1ClientConnection.connect(
      to: server.address, hostname: hostname, configuration: configuration, executor: executor, delegate: client)
    client.box.withLockedValue { $0 = connection }
    return client
  }

  func connectionIsGoingAway(_ connection: any HTTPClientConnection, code: HTTP2ErrorCode, debugData: String) {
    promisedGoAway.set(code)
  }

  func connectionEnded(_ connection: any HTTPClientConnection, reason: HTTPTransportError?) {
    promisedEnd.set(reason?.code ?? .connectionClosed)
  }

  var ended: HTTPTransportError.Code { get async throws { try await promisedEnd.value } }
  var goingAway: HTTP2ErrorCode { get async throws { try await promisedGoAway.value } }
  func close() { box.withLockedValue { $0 }?.close() }
  func drain() { box.withLockedValue { $0 }?.drain() }

  func open(_ head: HeaderBlock = Endpoint.getHead, endStream: Bool = true) async throws -> TestCall {
    guard let connection = box.withLockedValue({ $0 }) else { throw Failure.notConnected }
    let call = TestCall(connection.eventLoop)
    try await connection.eventLoop.submit {
      call.stream = try connection.openStream(head: head, endStream: endStream, delegate: call)
    }.get()
    return call
  }

  func call(path: String = "/", body: ByteBuffer? = nil, trailers: HeaderBlock? = nil) async throws -> Reply {
    var head = HeaderBlock()
    head.append(":method", body == nil ? "GET" : "POST")
    head.append(":scheme", "http")
    head.append(":authority", "localhost")
    head.append(":path", path)
    let call = try await open(head, endStream: body == nil)
    if let body { try await call.send(body, endStream: trailers == nil) }
    if let trailers { try await call.send(trailers: trailers) }
    return try await call.reply
  }
}
