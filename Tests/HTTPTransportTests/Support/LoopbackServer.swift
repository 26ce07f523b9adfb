import Foundation
import HTTPTransport
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

/// Answers requests by a closure.
struct ClosureHandler: HTTPRequestHandler {
  let body: @Sendable (any HTTPStream, HeaderBlock, Bool) -> (any HTTPStreamDelegate)?

  func accept(_ stream: any HTTPStream, head: HeaderBlock, endStream: Bool) -> (any HTTPStreamDelegate)? {
    body(stream, head, endStream)
  }

  /// Answers 200 with the request's path at once.
  static let echoPath = ClosureHandler { stream, head, _ in
    let path = head[":path"] ?? ""
    stream.send(head: [":status": "200", "content-length": "\(path.utf8.count)"], endStream: false)
    stream.send(data: ByteBuffer(string: path), endStream: true)
    return nil
  }
}

extension Logger {
  static let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
}

/// A running server, and how to reach it.
struct LoopbackServer {
  let server: HTTPServer
  let address: SocketAddress
  var port: Int { address.port ?? 0 }

  /// One loop serves, another calls.
  static let serverGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  /// Lets both loops go round many times: what they can do without further input is done then.
  static func turnLoops(_ count: Int = 2_000) async throws {
    for _ in 0..<count {
      try Task.checkCancellation()
      try await serverGroup.next().submit {}.get()
      try await group.next().submit {}.get()
    }
  }

  /// Runs `body` against a server on a free port, which is shut down afterwards.
  static func run(
    _ handler: any HTTPRequestHandler, configure: (inout HTTPServerConfiguration) -> Void = { _ in },
    _ body: (LoopbackServer) async throws -> Void
  ) async throws {
    var configuration = HTTPServerConfiguration(address: .hostPort("127.0.0.1", 0))
    configure(&configuration)
    let server = HTTPServer(configuration: configuration, handler: handler, group: serverGroup, logger: .silent)
    let loopback = LoopbackServer(server: server, address: try await server.start())
    do {
      try await body(loopback)
    } catch {
      await server.shutdown(grace: .zero)
      throw error
    }
    await server.shutdown(grace: .zero)
    #expect(server.connectionCount == 0, "a shut-down server holds no connection")
  }
}

/// A socket that shows what it receives as text.
final class RawClient: Sendable {
  private let channel: any Channel
  private let collector: NIOLoopBound<Collector>

  /// What came, and who waits for more.
  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    var received = ByteBuffer()
    var isClosed = false
    var waiters: [(until: (String) -> Bool, promise: EventLoopPromise<String>)] = []

    var text: String { String(decoding: received.readableBytesView, as: UTF8.self) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      var buffer = unwrapInboundIn(data)
      received.writeBuffer(&buffer)
      check()
    }

    func channelInactive(context: ChannelHandlerContext) {
      isClosed = true
      check()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func check() {
      let text = text
      let done = waiters.filter { isClosed || $0.until(text) }
      waiters.removeAll { isClosed || $0.until(text) }
      for waiter in done { waiter.promise.succeed(text) }
    }
  }

  private init(channel: any Channel, collector: NIOLoopBound<Collector>) {
    self.channel = channel
    self.collector = collector
  }

  static func connect(_ server: LoopbackServer, autoRead: Bool = true) async throws -> RawClient {
    let loop = LoopbackServer.group.next()
    let collector = try await loop.submit { NIOLoopBound(Collector(), eventLoop: loop) }.get()
    let channel = try await ClientBootstrap(group: loop)
      .channelOption(.autoRead, value: autoRead)
      .channelOption(.allowRemoteHalfClosure, value: false)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(collector.value) }
      }
      .connect(to: server.address).get()
    return RawClient(channel: channel, collector: collector)
  }

  func send(_ text: String) { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
  func send(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
  func written(_ bytes: [UInt8]) -> EventLoopFuture<Void> { channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
  func close() { channel.close(promise: nil) }
  func setAutoRead(_ on: Bool) { _ = channel.setOption(.autoRead, value: on) }

  /// Everything received, as soon as it fulfils `condition` or the peer has closed.
  func received(until condition: @escaping @Sendable (String) -> Bool) async throws -> String {
    try await channel.eventLoop.flatSubmit {
      let collector = self.collector.value
      let promise = self.channel.eventLoop.makePromise(of: String.self)
      collector.waiters.append((condition, promise))
      collector.check()
      return promise.futureResult
    }.get()
  }

  func received(containing text: String) async throws -> String {
    try await received { $0.contains(text) }
  }

  /// Everything received until the peer closes.
  func receivedToEnd() async throws -> String { try await received { _ in false } }

  /// What was received, as HTTP/2 frames, once `condition` is true of them.
  func frames(until condition: @escaping @Sendable ([Frame]) -> Bool) async throws -> [Frame] {
    _ = try await channel.eventLoop.flatSubmit {
      let collector = self.collector.value
      let promise = self.channel.eventLoop.makePromise(of: String.self)
      collector.waiters.append(({ [unowned collector] _ in condition(Frame.parse(collector.received)) }, promise))
      collector.check()
      return promise.futureResult
    }.get()
    return try await channel.eventLoop.submit { Frame.parse(self.collector.value.received) }.get()
  }

  var closed: Void { get async throws { try await channel.closeFuture.get() } }
}

/// A value that is set once, from anywhere, and waited for.
final class Promised<Value: Sendable>: Sendable {
  private let promise: EventLoopPromise<Value>

  init(_: Value.Type = Value.self) { promise = LoopbackServer.group.next().makePromise() }

  // A test that fails early leaves it unset.
  deinit { promise.fail(CancellationError()) }

  func set(_ value: Value) { promise.succeed(value) }
  var value: Value { get async throws { try await promise.futureResult.get() } }
}

/// Certificates for tests, made once by the openssl command: a CA, a server for localhost, a client with a URI name,
/// and a stranger's.
enum TestCertificates {
  struct Paths: Sendable {
    let folder: String
    func callAsFunction(_ name: String) -> String { "\(folder)/\(name).pem" }
  }

  static let shared: Result<Paths, any Error> = Result { try make() }

  private struct Failure: Error { let command: String }

  private static func make() throws -> Paths {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("certificates-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    func openssl(_ arguments: String) throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.currentDirectoryURL = URL(fileURLWithPath: folder)
      process.arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else { throw Failure(command: arguments) }
    }
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    for name in ["ca", "stranger"] {
      try openssl("req -x509 \(key) -days 2 -subj /CN=\(name) -keyout \(name)-key.pem -out \(name).pem")
    }
    for (name, san) in [
      ("server", "DNS:localhost"), ("client", "URI:spiffe://fiyatradari/pricing,DNS:pricing.local"),
    ] {
      try "subjectAltName=\(san)".write(toFile: "\(folder)/\(name).ext", atomically: true, encoding: .utf8)
      try openssl("req \(key) -subj /CN=\(name) -keyout \(name)-key.pem -out \(name).csr")
      try openssl(
        "x509 -req -in \(name).csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile \(name).ext -out \(name).pem"
      )
    }
    return Paths(folder: folder)
  }
}

/// A sum that several threads may look at.
final class NIOLockedCounter: Sendable {
  private let box = NIOLockedValueBox(0)

  func add(_ count: Int) { box.withLockedValue { $0 += count } }
  var value: Int { box.withLockedValue { $0 } }
}

extension RawClient {
  /// Sends, and counts the bytes that the socket has taken.
  func send(_ bytes: [UInt8], counter: NIOLockedCounter) {
    written(bytes).whenSuccess { counter.add(bytes.count) }
  }
}
