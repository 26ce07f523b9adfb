import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import HTTPTransport

extension LoopbackTests {
  /// Streams and connections that get another owner.
  @Suite struct HandOverTests {
    /// Answers with what it is shown, and ends with the request.
    private final class Echo: HTTPStreamDelegate {
      private let stream: any HTTPStream
      private let closed: Promised<HTTPStreamCloseReason>?

      init(_ stream: any HTTPStream, closed: Promised<HTTPStreamCloseReason>? = nil) {
        self.stream = stream
        self.closed = closed
      }

      func streamReceived(data: ByteBuffer, endStream: Bool) {
        stream.consumed(data.readableBytes)
        stream.send(data: data, endStream: endStream)
      }

      func streamReceived(trailers: HeaderBlock) { stream.send(trailers: trailers) }
      func streamClosed(_ reason: HTTPStreamCloseReason) { closed?.set(reason) }
    }

    /// Another protocol: echoes bytes; `bye` before the end when it is drained.
    private final class EchoConnection: ChannelInboundHandler, ServerConnection {
      typealias InboundIn = ByteBuffer
      typealias OutboundOut = ByteBuffer
      private var context: ChannelHandlerContext?
      private let ticked: Promised<Void>?

      init(ticked: Promised<Void>? = nil) { self.ticked = ticked }

      func handlerAdded(context: ChannelHandlerContext) { self.context = context }
      func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

      func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
      }

      func tick(now: NIODeadline) { ticked?.set(()) }

      func drain() {
        context?.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "bye")), promise: nil)
        closeNow()
      }

      func closeNow() { context?.close(promise: nil) }
    }

    private static func upgrading(ticked: Promised<Void>? = nil) -> AsyncHTTPHandler {
      AsyncHTTPHandler { request, _, writer in
        guard writer.requestedUpgrade == "echo" else {
          return writer.respond(HTTPResponse(status: .ok), body: ByteBuffer(string: request.path ?? ""))
        }
        writer.upgrade(HTTPResponse(status: .switchingProtocols)) { channel in
          let connection = EchoConnection(ticked: ticked)
          try channel.pipeline.syncOperations.addHandler(connection)
          return connection
        }
      }
    }

    private static let upgradeRequest =
      "GET /up HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\r\n"

    private static let handing = AsyncHTTPHandler { _, _, writer in
      writer.handOver(HTTPResponse(status: .ok)) { Echo($0) }
    }

    @Test("A delegate that gets a stream is shown the body that nobody has read, and writes the answer")
    func handsOver() async throws {
      try await LoopbackServer.run(Self.handing) { server in
        for isNew in [false, true] {
          let client = try await isNew ? TestClient.connect(server) : TestClient.connectHTTP1(server)
          let reply = try await client.call(body: ByteBuffer(string: "echoed"), trailers: isNew ? ["x": "y"] : nil)
          #expect(reply.status == "200" && String(buffer: reply.body) == "echoed")
          #expect(reply.trailers?["x"] == (isNew ? "y" : nil))
          // And the connection is as good as before.
          #expect(try await client.call(body: ByteBuffer(string: "again")).body == ByteBuffer(string: "again"))
          client.close()
        }
      }
    }

    @Test("A delegate that got a stream hears that the client has gone, with either version")
    func clientGone() async throws {
      for isNew in [false, true] {
        let closed = Promised<HTTPStreamCloseReason>()
        let handler = AsyncHTTPHandler { _, _, writer in
          writer.handOver(HTTPResponse(status: .ok)) { stream in
            stream.send(data: ByteBuffer(string: "open"), endStream: false)
            return Echo(stream, closed: closed)
          }
        }
        try await LoopbackServer.run(handler) { server in
          let client = try await RawClient.connect(server)
          if isNew {
            client.send(Frame.preface + Frame.settings().bytes + Frame.headers(1, Frame.post, endStream: false).bytes)
          } else {
            client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
          }
          _ = try await client.received(containing: "open")
          client.close()
          #expect(try await closed.value == .connectionLost(unprocessed: false))
        }
      }
    }

    @Test("Bytes sent right behind the request for an upgrade belong to the other protocol")
    func bytesBehind() async throws {
      try await LoopbackServer.run(Self.upgrading()) { server in
        let client = try await RawClient.connect(server)
        client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n" + Self.upgradeRequest + "GET /no HTTP/1.1\r\n\r\n")
        let text = try await client.received(containing: "GET /no HTTP/1.1\r\n\r\n")
        #expect(text.contains("\r\n\r\n/1HTTP/1.1 101 Switching Protocols\r\n"))
        #expect(text.contains("connection: upgrade\r\nupgrade: echo\r\n\r\nGET /no"))
        client.send("more")
        #expect(try await client.received(containing: "more").hasSuffix("\r\n\r\nmore"))
        client.close()
      }
    }

    @Test("A request for an upgrade that is not granted is answered, and its connection ends")
    func notGranted() async throws {
      try await LoopbackServer.run(Self.upgrading()) { server in
        let client = try await RawClient.connect(server)
        client.send(Self.upgradeRequest.replacing("Upgrade: echo", with: "Upgrade: h2c") + "GET /2 HTTP/1.1\r\n\r\n")
        let text = try await client.receivedToEnd()
        #expect(text.hasPrefix("HTTP/1.1 200 ") && text.contains("connection: close") && text.hasSuffix("/up"))
      }
    }

    @Test("A request with a body, or of HTTP/2, has no way to another protocol")
    func cannotUpgrade() async throws {
      try await LoopbackServer.run(Self.upgrading()) { server in
        let client = try await RawClient.connect(server)
        client.send(Self.upgradeRequest.replacing("\r\n\r\n", with: "\r\nContent-Length: 2\r\n\r\n") + "{}")
        #expect(try await client.receivedToEnd().hasPrefix("HTTP/1.1 200 "))
        let new = try await TestClient.connect(server)
        #expect(try await new.call(path: "/2").status == "200")
        new.close()
      }
    }

    @Test("A connection that speaks another protocol is told of time, and of the server's end")
    func drainsUpgraded() async throws {
      let ticked = Promised<Void>()
      try await LoopbackServer.run(Self.upgrading(ticked: ticked)) { server in
        let client = try await RawClient.connect(server)
        client.send(Self.upgradeRequest)
        _ = try await client.received(containing: "101 ")
        try await ticked.value
        await server.server.shutdown(grace: .seconds(30))
        #expect(try await client.receivedToEnd().hasSuffix("\r\n\r\nbye"))
      }
    }

    @Test("An upgraded connection that its peer closes is forgotten")
    func upgradedGone() async throws {
      try await LoopbackServer.run(Self.upgrading()) { server in
        let client = try await RawClient.connect(server)
        client.send(Self.upgradeRequest + "x")
        _ = try await client.received(containing: "\r\n\r\nx")
        client.close()
        while server.server.connectionCount > 0 { try await LoopbackServer.turnLoops(10) }
      }
    }
  }
}
