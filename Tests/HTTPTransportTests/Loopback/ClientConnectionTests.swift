import HTTPTransport
import HTTPTypes
import NIOCore
import NIOPosix
import Testing

extension LoopbackTests {
  @Suite struct ClientConnectionTests {
    private func code(_ body: () async throws -> Void) async -> HTTPTransportError.Code? {
      do {
        try await body()
        return nil
      } catch let error as HTTPTransportError {
        return error.code
      } catch {
        Issue.record("not a transport error: \(error)")
        return nil
      }
    }

    /// A listener that accepts and does with each connection what `serve` says.
    private func withListener(
      _ serve: @escaping @Sendable (any Channel) -> Void, _ body: (SocketAddress) async throws -> Void
    ) async throws {
      let listener = try await ServerBootstrap(group: LoopbackServer.serverGroup)
        .childChannelInitializer { channel in
          serve(channel)
          return channel.eventLoop.makeSucceededVoidFuture()
        }
        .bind(host: "127.0.0.1", port: 0).get()
      do {
        try await body(try #require(listener.localAddress))
      } catch {
        try await listener.close()
        throw error
      }
      try await listener.close()
    }

    private final class Nobody: HTTPClientConnectionDelegate {
      func connectionIsGoingAway(_ connection: any HTTPClientConnection, code: HTTP2ErrorCode, debugData: String) {}
      func connectionEnded(_ connection: any HTTPClientConnection, reason: HTTPTransportError?) {}
    }

    private func connect(_ address: SocketAddress, timeout: TimeAmount = .seconds(10)) async throws {
      var configuration = HTTP2ClientConnection.Configuration()
      configuration.connectTimeout = timeout
      _ = try await HTTP2ClientConnection.connect(
        to: address, hostname: nil, configuration: configuration, executor: TestClient.executor, delegate: Nobody())
    }

    @Test("A port where nobody listens is a failed connect")
    func nobodyListens() async throws {
      var port: SocketAddress?
      try await withListener({ _ in }, { port = $0 })
      let address = try #require(port)
      #expect(await code { try await connect(address) } == .connectFailed)
    }

    @Test("A server that closes, says nothing, or speaks nonsense is a failed connect")
    func badServers() async throws {
      try await withListener({ $0.close(promise: nil) }) { address in
        #expect(await code { try await connect(address) } == .connectFailed)
      }
      try await withListener({ _ in }) { address in
        #expect(await code { try await connect(address, timeout: .milliseconds(100)) } == .connectFailed)
      }
      try await withListener({ channel in
        channel.eventLoop.execute {
          channel.writeAndFlush(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n"), promise: nil)
        }
      }) { address in
        let failure = await code { try await connect(address) }
        #expect(failure == .protocolViolation || failure == .connectFailed)
      }
    }

    @Test("A cancelled connect ends at once")
    func cancelledConnect() async throws {
      let accepted = Promised<Void>()
      try await withListener({ _ in accepted.set(()) }) { address in
        let task = Task { try await connect(address, timeout: .minutes(10)) }
        try await accepted.value
        task.cancel()
        await #expect(throws: HTTPTransportError.self) { try await task.value }
      }
    }

    @Test("A server that stops answering is found dead by keepalive pings")
    func keepaliveDeath() async throws {
      // Sends SETTINGS and then nothing more, whatever it is sent.
      try await withListener({ channel in
        channel.eventLoop.execute {
          channel.writeAndFlush(ByteBuffer(bytes: Frame.settings().bytes + Frame.settingsAck.bytes), promise: nil)
        }
      }) { address in
        var configuration = HTTP2ClientConnection.Configuration()
        configuration.keepalive = ClientKeepalive(time: .milliseconds(50), timeout: .milliseconds(50))
        let ended = EndRecorder()
        let connection = try await HTTP2ClientConnection.connect(
          to: address, hostname: nil, configuration: configuration, executor: TestClient.executor, delegate: ended)
        let call = TestCall(connection.eventLoop)
        try await connection.eventLoop.submit {
          _ = try connection.openStream(head: Endpoint.getHead, endStream: true, delegate: call)
        }.get()
        await #expect(throws: CallFailed.self) { try await call.reply }
        #expect(try await ended.reason.value.message.contains("keepalive"))
      }
    }

    private final class EndRecorder: HTTPClientConnectionDelegate {
      let reason = Promised<HTTPTransportError>()
      func connectionIsGoingAway(_ connection: any HTTPClientConnection, code: HTTP2ErrorCode, debugData: String) {}
      func connectionEnded(_ connection: any HTTPClientConnection, reason: HTTPTransportError?) {
        self.reason.set(reason ?? HTTPTransportError(.connectionClosed, "none"))
      }
    }

    @Test("Keepalive pings to a living server keep the connection")
    func keepaliveLife() async throws {
      let release = Promised<Void>()
      let handler = AsyncHTTPHandler { _, _, writer in
        try await release.value
        writer.respond(HTTPResponse(status: .ok))
      }
      let configure = { (configuration: inout HTTPServerConfiguration) in
        configuration.keepalive.enforcement = KeepalivePolicy.Configuration(minimumInterval: .zero)
      }
      try await LoopbackServer.run(handler, configure: configure) { server in
        var configuration = HTTP2ClientConnection.Configuration()
        configuration.keepalive = ClientKeepalive(time: .milliseconds(10), timeout: .milliseconds(500))
        let client = try await TestClient.connect(server, configuration: configuration)
        async let reply = client.call()
        try await LoopbackServer.turnLoops(5_000)
        release.set(())
        #expect(try await reply.status == "200")
        client.close()
      }
    }

    @Test("Too many pings end the connection with ENHANCE_YOUR_CALM")
    func tooManyPings() async throws {
      try await LoopbackServer.run(ClosureHandler.echoPath) { server in
        let client = try await RawClient.connect(server)
        client.send(Frame.preface + Frame.settings().bytes)
        for _ in 0..<5 { client.send(Frame.ping().bytes) }
        let frames = try await client.frames { !$0.of(Frame.Kind.goAway).isEmpty }
        let goAway = try #require(frames.of(Frame.Kind.goAway).first)
        #expect(goAway.word(at: 4) == HTTP2ErrorCode.enhanceYourCalm.rawValue)
        #expect(String(decoding: goAway.payload.dropFirst(8), as: UTF8.self) == "too_many_pings")
        _ = try await client.receivedToEnd()
      }
    }

    @Test("A drained client finishes its call and closes")
    func clientDrain() async throws {
      let started = Promised<Void>()
      let release = Promised<Void>()
      let handler = AsyncHTTPHandler { _, _, writer in
        started.set(())
        try await release.value
        writer.respond(HTTPResponse(status: .ok))
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await TestClient.connect(server)
        async let reply = client.call()
        try await started.value
        client.drain()
        release.set(())
        #expect(try await reply.status == "200")
        #expect(try await client.ended == .connectionClosed)
      }
    }

    // MARK: HTTP/1.1

    @Test("An HTTP/1.1 client sends one request after the other on a kept connection")
    func http1KeepAlive() async throws {
      let echo = AsyncHTTPHandler { request, body, writer in
        let whole = try await body.collect(upTo: 1_000_000)
        let sum = await body.trailers?.first?.value
        var response = HTTPResponse(status: .ok)
        response.headerFields[.init("x-sum") ?? .trailer] = sum ?? request.headerFields[.contentLength]
        writer.respond(response, body: whole)
      }
      try await LoopbackServer.run(echo) { server in
        let client = try await TestClient.connectHTTP1(server)
        #expect(try await client.call().status == "200")
        let body = ByteBuffer(repeating: 5, count: 500_000)
        let chunked = try await client.call(body: body, trailers: ["x-t": "sum"])
        #expect(chunked.body == body && chunked.head?["x-sum"] == "sum")
        #expect(try await client.call(body: body).body == body)
        #expect(server.server.connectionCount == 1)
        client.drain()
        #expect(try await client.ended == .connectionClosed)
      }
    }

    @Test("A second request on a busy HTTP/1.1 connection is refused before anything is sent")
    func http1Busy() async throws {
      let started = Promised<Void>()
      let release = Promised<Void>()
      let handler = AsyncHTTPHandler { _, _, writer in
        started.set(())
        try await release.value
        writer.respond(HTTPResponse(status: .ok))
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await TestClient.connectHTTP1(server)
        async let reply = client.call()
        try await started.value
        #expect(await code { _ = try await client.call() } == .connectionClosed)
        release.set(())
        #expect(try await reply.status == "200")
        client.close()
      }
    }

    static let responses: [(String, String?, String)] = [
      ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "200", "abc"),
      ("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "204", ""),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "200", "abc"),
      ("HTTP/1.0 200 OK\r\n\r\nto the end", "200", "to the end"),
      ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", nil, ""),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", nil, ""),
      ("nonsense\r\n\r\n", nil, ""),
      ("HTTP/1.1 200 OK\r\nX: \(String(repeating: "y", count: 100_000))\r\n\r\n", nil, ""),
    ]

    @Test("Responses of foreign HTTP/1.1 servers are read, and broken ones are errors", arguments: responses)
    func http1Responses(bytes: String, status: String?, body: String) async throws {
      try await withListener({ channel in
        // Answers, and closes, as soon as anything has come.
        _ = channel.pipeline.addHandler(Answer(bytes))
      }) { address in
        let connection = try await HTTP1ClientConnection.connect(
          to: address, hostname: nil, configuration: .init(), executor: TestClient.executor, delegate: Nobody())
        let call = TestCall(connection.eventLoop)
        try await connection.eventLoop.submit {
          _ = try connection.openStream(head: Endpoint.getHead, endStream: true, delegate: call)
        }.get()
        let reply = try? await call.reply
        #expect(reply?.status == status)
        #expect(reply.map { String(buffer: $0.body) } ?? "" == body)
      }
    }

    private final class Answer: ChannelInboundHandler, Sendable {
      typealias InboundIn = ByteBuffer
      let text: String
      init(_ text: String) { self.text = text }
      func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = context.channel
        channel.writeAndFlush(ByteBuffer(string: text)).whenComplete { _ in channel.close(promise: nil) }
      }
    }
  }
}
