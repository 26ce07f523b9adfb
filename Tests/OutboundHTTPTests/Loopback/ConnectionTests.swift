import HTTPTransport
import Logging
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import OutboundHTTP

@Suite("Connections to the outside", .timeLimit(.minutes(1)))
struct ConnectionTests {
  private struct Echo: HTTPRequestHandler {
    func accept(_ stream: any HTTPStream, head: HeaderBlock, endStream: Bool) -> (any HTTPStreamDelegate)? {
      let text = head[":authority"] ?? ""
      stream.send(head: [":status": "200", "content-length": "\(text.utf8.count)"], endStream: false)
      stream.send(data: ByteBuffer(string: text), endStream: true)
      return nil
    }
  }

  private func withTLSServer(_ body: (Int, Certificates) async throws -> Void) async throws {
    let certificates = try Certificates()
    var configuration = HTTPServerConfiguration(address: .hostPort("127.0.0.1", 0))
    configuration.tls = TLSServerConfiguration(
      certificateChainPath: certificates.path("server.pem"), privateKeyPath: certificates.path("server.key"))
    let server = HTTPServer(
      configuration: configuration, handler: Echo(), group: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    let port = try await server.start().port ?? 0
    do {
      try await body(port, certificates)
    } catch {
      await server.shutdown(grace: .zero)
      throw error
    }
    await server.shutdown(grace: .zero)
  }

  private let loopback: AddressLookup.Blocking = { _, port in
    [try? SocketAddress(ipAddress: "127.0.0.1", port: port)].compactMap { $0 }
  }

  @Test("TLS checks the name against the configured authority")
  func tls() async throws {
    try await withTLSServer { port, certificates in
      try await withClient({ $0.caPath = certificates.path("ca.pem") }, lookup: loopback) { client in
        let response = try await client.send(OutboundRequest(.get, "https://localhost:\(port)/"))
        #expect(String(decoding: response.body, as: UTF8.self) == "localhost:\(port)")
        #expect(
          await client.failure("https://other.example:\(port)/")?.code == .tls, "the certificate has another name")
      }
      try await withClient({ $0.caPath = certificates.path("stranger.pem") }, lookup: loopback) { client in
        #expect(await client.failure("https://localhost:\(port)/")?.code == .tls)
      }
      try await withClient({ _ in }, lookup: loopback) { client in
        #expect(
          await client.failure("https://localhost:\(port)/")?.code == .tls, "the system does not know the authority")
      }
    }
  }

  @Test("A server without TLS fails an https request")
  func noTLS() async throws {
    try await ScriptedServer.run(answer: "HTTP/1.1 200 OK\r\n\r\n") { server in
      try await withClient({ $0.connectTimeout = .milliseconds(500) }) { client in
        let error = await client.failure("https://127.0.0.1:\(server.port)/")
        #expect(error?.code == .tls || error?.code == .timeout)
      }
    }
  }

  @Test("A CA file that cannot be read stops the client's start, by name")
  func missingCA() async throws {
    let error = await #expect(throws: OutboundError.self) {
      try await withClient({ $0.caPath = "/nowhere/ca.pem" }) { _ in }
    }
    #expect(error?.message.contains("/nowhere/ca.pem") == true)
  }

  @Test("A port where nobody listens is a connect error with the system's reason")
  func refused() async throws {
    var port = 0
    try await ScriptedServer.run(answer: "") { port = $0.port }
    try await withClient { client in
      let error = await client.failure("http://127.0.0.1:\(port)/SECRET")
      #expect(error?.code == .connect)
      #expect(error.map { "\($0)".contains("SECRET") } == false)
      #expect(error?.message.lowercased().contains("refused") == true)
    }
  }

  @Test("A name that does not exist is a resolution error")
  func unknownName() async throws {
    try await withClient(
      { _ in },
      lookup: { _, _ throws(OutboundError) in
        throw OutboundError(.resolution, "the name cannot be looked up: unknown")
      }
    ) { client in
      #expect(await client.failure("http://nowhere.example/")?.code == .resolution)
    }
    try await withClient({ _ in }, lookup: { _, _ in [] }) { client in
      #expect(await client.failure("http://nowhere.example/")?.code == .resolution)
    }
  }

  @Test("A lookup that hangs is left after its time, and on cancellation")
  func hangingLookup() async throws {
    let gate = ConditionGate()
    let lookup: AddressLookup.Blocking = { _, _ in
      gate.wait()
      return []
    }
    try await withClient({ $0.resolveTimeout = .milliseconds(50) }, lookup: lookup) { client in
      #expect(await client.failure("http://slow.example/")?.code == .timeout)
      let task = Task { try await client.send(OutboundRequest(.get, "http://slow.example/")) }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      gate.open()
    }
  }

  @Test("Cancellation ends a request and its connection")
  func cancellation() async throws {
    let (events, continuation) = AsyncStream.makeStream(of: Bool.self)
    let script: ScriptedServer.Script = { _, _, channel in
      continuation.yield(true)
      channel.closeFuture.whenComplete { _ in continuation.finish() }
    }
    try await ScriptedServer.run(script) { server in
      let url = server.url
      try await withClient { client in
        let task = Task { try await client.send(OutboundRequest(.get, url)) }
        for await _ in events { task.cancel() }
        await #expect(throws: CancellationError.self) { try await task.value }
      }
    }
  }

  @Test("Shutting down ends what runs and waits, and refuses what comes")
  func shutdown() async throws {
    let (arrived, continuation) = AsyncStream.makeStream(of: Void.self)
    try await ScriptedServer.run({ _, _, _ in continuation.finish() }) { server in
      let url = server.url
      try await withClient({ $0.maxConnectionsPerHost = 1 }) { client in
        async let first = client.failure(url)
        for await _ in arrived {}
        async let second = client.failure(url)
        await client.shutdown()
        #expect(await first?.code == .connectionLost)
        #expect(await second?.code == .shutDown)
        #expect(await client.failure(url)?.code == .shutDown)
      }
    }
  }
}
