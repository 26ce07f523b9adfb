import HTTPTransport
import MeshMessages
import MeshRPC
import NIOCore
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RetryTests {
  /// Fails the first `failures` calls, and records what each attempt says of those before it.
  private static func failing(
    _ failures: Int, attempts: Recorder<String>, pushback: String? = nil, code: RPCError.Code = .unavailable,
    method: RPCMethod<Probe.Message, Probe.Message> = Probe.repeatable
  ) -> MethodHandler {
    .unary(method) { request, context in
      let count = attempts.add(context.requestHead.first(named: "grpc-previous-rpc-attempts") ?? "none")
      guard count <= failures else { return request }
      var error = RPCError(code: code, message: "attempt \(count)")
      if let pushback { try error.metadata.append(pushback, for: "grpc-retry-pushback-ms") }
      throw error
    }
  }

  private static func policy(backoff: Duration = .milliseconds(1), throttle: RetryThrottle? = nil) -> ServiceConfig {
    ServiceConfig(
      methods: [
        .init(): MethodConfig(
          retryPolicy: RetryPolicy(
            maxAttempts: 4, initialBackoff: backoff, maxBackoff: backoff, backoffMultiplier: 1,
            retryableCodes: [.unavailable]))
      ], retryThrottling: throttle)
  }

  @Test("A server that fails for a while is asked again, and told how often", arguments: Carrier.allCases)
  func retries(_ carrier: Carrier) async throws {
    let attempts = Recorder<String>()
    try await carrier.run([Self.failing(2, attempts: attempts)], channel: { $0.serviceConfig = Self.policy() }) {
      let response = try await $0.unary(Probe.repeatable, Probe.text("x"), options: CallOptions())
      #expect(response.text == "x")
      #expect(attempts.values == ["none", "1", "2"])
    }
  }

  @Test("Retries end with the policy's number of attempts", arguments: Carrier.allCases)
  func exhausted(_ carrier: Carrier) async throws {
    let attempts = Recorder<String>()
    try await carrier.run([Self.failing(.max, attempts: attempts)], channel: { $0.serviceConfig = Self.policy() }) {
      channel in
      let error = try await status { _ = try await channel.unary(Probe.repeatable, Probe.Message(), options: .init()) }
      #expect(error?.message == "attempt 4")
      #expect(attempts.values.count == 4)
    }
  }

  @Test("What may not be repeated, or failed otherwise, is not retried", arguments: Carrier.allCases)
  func notRetried(_ carrier: Carrier) async throws {
    let unary = Recorder<String>()
    let other = Recorder<String>()
    let methods = [
      Self.failing(.max, attempts: unary, method: Probe.unary),
      Self.failing(.max, attempts: other, code: .invalidArgument),
    ]
    try await carrier.run(methods, channel: { $0.serviceConfig = Self.policy() }) { channel in
      let plain = try await status { _ = try await channel.probe() }
      #expect(plain?.code == .unavailable)
      #expect(unary.values.count == 1)
      let error = try await status { _ = try await channel.unary(Probe.repeatable, Probe.Message(), options: .init()) }
      #expect(error?.code == .invalidArgument)
      #expect(other.values.count == 1)
      var options = CallOptions()
      options.isIdempotent = true
      let forced = try await status { _ = try await channel.probe(options: options) }
      #expect(forced?.code == .unavailable)
      #expect(unary.values.count == 5)
    }
  }

  @Test("The server's push-back replaces the backoff, or forbids the retry", arguments: Carrier.allCases)
  func pushback(_ carrier: Carrier) async throws {
    let soon = Recorder<String>()
    // With this backoff the test would not end in time.
    try await carrier.run(
      [Self.failing(1, attempts: soon, pushback: "1")],
      channel: { $0.serviceConfig = Self.policy(backoff: .seconds(600)) }
    ) { channel in
      _ = try await channel.unary(Probe.repeatable, Probe.Message(), options: .init())
      #expect(soon.values.count == 2)
    }
    let never = Recorder<String>()
    try await carrier.run(
      [Self.failing(1, attempts: never, pushback: "-1")], channel: { $0.serviceConfig = Self.policy() }
    ) {
      channel in
      let error = try await status { _ = try await channel.unary(Probe.repeatable, Probe.Message(), options: .init()) }
      #expect(error?.code == .unavailable)
      #expect(never.values.count == 1)
    }
  }

  @Test("A channel whose calls fail too often stops retrying", arguments: Carrier.allCases)
  func throttled(_ carrier: Carrier) async throws {
    let attempts = Recorder<String>()
    let config = Self.policy(throttle: RetryThrottle(maxTokens: 4, tokenRatio: 0.1))
    try await carrier.run([Self.failing(.max, attempts: attempts)], channel: { $0.serviceConfig = config }) { channel in
      for _ in 0..<3 {
        _ = try await status { _ = try await channel.unary(Probe.repeatable, Probe.Message(), options: .init()) }
      }
      // 4 tokens: the first failure leaves 3, which allows a retry; the second leaves 2, half, which does not.
      #expect(attempts.values.count == 2 + 1 + 1)
    }
  }

  @Test("A stream that failed before its head is made again, one that has begun is not", arguments: Carrier.allCases)
  func streams(_ carrier: Carrier) async throws {
    let attempts = Recorder<Void>()
    let handler = MethodHandler.serverStreaming(Probe.repeatableStream) { request, responses, _ in
      if attempts.add(()) == 1 { throw RPCError(code: .unavailable, message: "not yet") }
      try await responses.write(request)
      throw RPCError(code: .unavailable, message: "in the middle")
    }
    try await carrier.run([handler], channel: { $0.serviceConfig = Self.policy() }) { channel in
      let texts = Recorder<String>()
      let error = try await status {
        try await channel.serverStreaming(Probe.repeatableStream, Probe.text("x"), options: .init()) { responses in
          for try await response in responses { texts.add(response.text) }
        }
      }
      #expect(error?.message == "in the middle")
      #expect(texts.values == ["x"])
      #expect(attempts.values.count == 2)
    }
  }

  @Test("A deadline that comes before the next attempt ends the call at once", arguments: Carrier.allCases)
  func deadline(_ carrier: Carrier) async throws {
    let attempts = Recorder<String>()
    try await carrier.run(
      [Self.failing(1, attempts: attempts)], channel: { $0.serviceConfig = Self.policy(backoff: .seconds(600)) }
    ) { channel in
      var options = CallOptions()
      options.timeout = .seconds(60)
      let error = try await status { _ = try await channel.unary(Probe.repeatable, Probe.Message(), options: options) }
      #expect(error?.code == .unavailable)
      #expect(attempts.values.count == 1)
    }
  }

  // MARK: Transparent retries

  /// Refuses the first streams, then lets a server answer.
  final class RefusingHandler: HTTPRequestHandler {
    private let rpc: RPCServer
    private let left: Mutex<Int>

    init(_ rpc: RPCServer, refusing count: Int) {
      self.rpc = rpc
      left = Mutex(count)
    }

    func accept(_ stream: any HTTPStream, head: HeaderBlock, endStream: Bool) -> (any HTTPStreamDelegate)? {
      let isRefused = left.withLock { left in
        left -= 1
        return left >= 0
      }
      guard isRefused else { return rpc.accept(stream, head: head, endStream: endStream) }
      stream.reset(.refusedStream)
      return nil
    }
  }

  @Test("A refused stream is opened again, once, whatever the method", arguments: [1, 2])
  func refused(_ times: Int) async throws {
    let rpc = try RPCServer(services: [ServiceDefinition(name: Probe.service, methods: [Probe.echo])])
    let server = try await LoopbackServer.start(RefusingHandler(rpc, refusing: times))
    let channel = RPCChannel(provider: try ConnectionPool(to: [server]))
    try await Carrier.ending(channel) { channel in
      let error = try await status { _ = try await channel.probe("x") }
      #expect(error?.code == (times == 1 ? nil : .unavailable))
    }
    await server.stop()
  }

  /// Adds its requests up, or echoes them.
  private static let streaming = ServiceDefinition(
    name: Probe.service,
    methods: [
      MethodHandler.clientStreaming(Probe.clientStreaming) { requests, _ in
        var all = ""
        for try await request in requests { all += request.text }
        return Probe.text(all)
      },
      MethodHandler.bidirectionalStreaming(Probe.bidirectional) { requests, responses, _ in
        for try await request in requests { try await responses.write(request) }
      },
    ])

  private func gather(_ channel: RPCChannel, _ texts: [String]) async throws -> String {
    try await channel.clientStreaming(Probe.clientStreaming, options: CallOptions()) { requests in
      for text in texts { try await requests.write(Probe.text(text)) }
    }.text
  }

  private func echo(_ channel: RPCChannel, _ texts: [String]) async throws -> String {
    try await channel.bidirectionalStreaming(Probe.bidirectional, options: CallOptions()) { requests, responses in
      var responses = responses.makeAsyncIterator()
      var all = ""
      for text in texts {
        try await requests.write(Probe.text(text))
        all += try await responses.next()?.text ?? "?"
      }
      requests.finish()
      while let response = try await responses.next() { all += response.text }
      return all
    }
  }

  @Test("A refused call with a stream of requests is opened again, once, and nothing is lost", arguments: [1, 2])
  func refusedStreams(_ times: Int) async throws {
    let rpc = try RPCServer(services: [Self.streaming])
    for isBidirectional in [false, true] {
      let server = try await LoopbackServer.start(RefusingHandler(rpc, refusing: times))
      let channel = RPCChannel(provider: try ConnectionPool(to: [server]))
      try await Carrier.ending(channel) { channel in
        var answer = ""
        let error = try await status {
          answer =
            try await isBidirectional ? self.echo(channel, ["a", "b", "c"]) : self.gather(channel, ["a", "b", "c"])
        }
        #expect(error?.code == (times == 1 ? nil : .unavailable))
        #expect(answer == (times == 1 ? "abc" : ""))
      }
      await server.stop()
    }
  }

  @Test(
    "A call with a stream of requests moves when its connection ends unprocessed or takes none",
    arguments: [true, false])
  func unprocessedStreams(takesStreams: Bool) async throws {
    let rpc = try RPCServer(services: [Self.streaming])
    for isBidirectional in [false, true] {
      let loop = Loops.next
      let provider = FlakyProvider(
        first: EndingConnection(InProcessConnection(handler: rpc, eventLoop: loop), takesStreams: takesStreams),
        rest: InProcessConnection(handler: rpc, eventLoop: loop))
      try await Carrier.ending(RPCChannel(provider: provider)) { channel in
        let answer = try await isBidirectional ? self.echo(channel, ["a", "b"]) : self.gather(channel, ["a", "b"])
        #expect(answer == "ab")
      }
    }
  }

  /// First a connection that behaves as asked, then the one that works.
  final class FlakyProvider: ConnectionProvider {
    private let first: Mutex<(any HTTPClientConnection)?>
    private let rest: InProcessConnectionProvider

    init(first: any HTTPClientConnection, rest: InProcessConnection) {
      self.first = Mutex(first)
      self.rest = InProcessConnectionProvider(rest)
    }

    func readyConnection() -> ConnectionLease? {
      let connection = first.withLock { first in
        defer { first = nil }
        return first
      }
      guard let connection else { return rest.readyConnection() }
      return ConnectionLease(connection: connection, scheme: "http", authority: "test") {}
    }

    func connection(waitForReady: Bool, deadline: Deadline) async throws -> ConnectionLease {
      try await rest.connection(waitForReady: waitForReady, deadline: deadline)
    }

    func shutdown() async { await rest.shutdown() }
  }

  /// A connection that ends under its first stream, as one does on GOAWAY with a lower last stream, or takes none.
  final class EndingConnection: HTTPClientConnection {
    let eventLoop: any EventLoop
    private let inner: InProcessConnection
    private let takesStreams: Bool

    init(_ inner: InProcessConnection, takesStreams: Bool) {
      eventLoop = inner.eventLoop
      self.inner = inner
      self.takesStreams = takesStreams
    }

    func openStream(
      head: HeaderBlock, endStream: Bool, delegate: any HTTPStreamDelegate
    ) throws -> any HTTPStream {
      guard takesStreams else { throw HTTPTransportError(.connectionClosed, "closed") }
      let stream = try inner.openStream(head: head, endStream: endStream, delegate: Ignoring())
      let bound = NIOLoopBound((delegate: delegate, stream: stream), eventLoop: eventLoop)
      eventLoop.execute {
        // The server's side ends as well.
        bound.value.stream.reset(.cancel)
        bound.value.delegate.streamClosed(.connectionLost(unprocessed: true))
      }
      return stream
    }

    func drain() {}
    func close() {}

    private final class Ignoring: HTTPStreamDelegate {
      func streamReceived(data: ByteBuffer, endStream: Bool) {}
      func streamReceived(trailers: HeaderBlock) {}
      func streamClosed(_ reason: HTTPStreamCloseReason) {}
    }
  }

  @Test("A call that the server never looked at is made again on another connection", arguments: [true, false])
  func unprocessed(takesStreams: Bool) async throws {
    let rpc = try RPCServer(services: [ServiceDefinition(name: Probe.service, methods: [Probe.echo])])
    let nowhere = try RPCServer(services: [])
    let loop = Loops.next
    let provider = FlakyProvider(
      first: EndingConnection(InProcessConnection(handler: nowhere, eventLoop: loop), takesStreams: takesStreams),
      rest: InProcessConnection(handler: rpc, eventLoop: loop))
    try await Carrier.ending(RPCChannel(provider: provider)) { channel in
      let answer = try await channel.probe("x")
      #expect(answer == "x")
    }
  }
}
