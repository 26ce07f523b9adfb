import HTTPTypes
import NIOCore
import Testing

@testable import HTTPTransport

extension LoopbackTests {
  /// Short times are configured and the server's own closing is waited for.
  @Suite struct TimeoutTests {
    private func short(_ path: WritableKeyPath<HTTPTimeouts, TimeAmount>) -> (inout HTTPServerConfiguration) -> Void {
      { $0.timeouts[keyPath: path] = .milliseconds(100) }
    }

    private static func open() -> [UInt8] { Frame.preface + Frame.settings().bytes }

    @Test("A connection that says nothing is closed")
    func silent() async throws {
      try await LoopbackServer.run(ClosureHandler.echoPath, configure: short(\.header)) { server in
        let text = try await RawClient.connect(server).receivedToEnd()
        #expect(text.isEmpty)
      }
    }

    @Test("A head that trickles in ends with 408, also on a connection that has served before")
    func slowHead() async throws {
      try await LoopbackServer.run(ClosureHandler.echoPath, configure: short(\.header)) { server in
        let client = try await RawClient.connect(server)
        client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
        _ = try await client.received(containing: "\r\n\r\n/1")
        client.send("GET /2 HTTP/1.1\r\nHo")
        #expect(try await client.receivedToEnd().contains("HTTP/1.1 408 "))
      }
    }

    @Test("An HTTP/2 header block that does not end costs the connection")
    func slowHeaderBlock() async throws {
      try await LoopbackServer.run(ClosureHandler.echoPath, configure: short(\.header)) { server in
        let client = try await RawClient.connect(server)
        client.send(Self.open() + Frame.headers(1, endHeaders: false).bytes)
        let frames = try await client.frames { !$0.of(Frame.Kind.goAway).isEmpty }
        #expect(frames.of(Frame.Kind.goAway).first?.word(at: 4) == HTTP2ErrorCode.enhanceYourCalm.rawValue)
        _ = try await client.receivedToEnd()
      }
    }

    @Test("An idle connection is closed; HTTP/2 says GOAWAY first")
    func idle() async throws {
      try await LoopbackServer.run(ClosureHandler.echoPath, configure: short(\.idle)) { server in
        let old = try await RawClient.connect(server)
        old.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try await old.receivedToEnd().hasSuffix("/1"))
        let new = try await RawClient.connect(server)
        new.send(Self.open() + Frame.headers(1).bytes)
        let frames = try await new.frames { _ in false }
        #expect(frames.of(Frame.Kind.headers, stream: 1).count == 1)
        #expect(frames.of(Frame.Kind.goAway).last?.word(at: 4) == 0)
      }
    }

    /// Waits for the body before it answers, or answers first and then waits.
    private let patient = AsyncHTTPHandler { request, body, writer in
      if request.path == "/answered" { writer.writeHead(HTTPResponse(status: .ok)) }
      for try await _ in body {}
      writer.writeHead(HTTPResponse(status: .ok))
    }

    @Test("A body that stops ends with 408, or with a reset when the answer has begun")
    func slowBody() async throws {
      try await LoopbackServer.run(patient, configure: short(\.body)) { server in
        let old = try await RawClient.connect(server)
        old.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n123")
        #expect(try await old.receivedToEnd().hasPrefix("HTTP/1.1 408 "))
        let answered = try await RawClient.connect(server)
        answered.send("POST /answered HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n")
        let text = try await answered.receivedToEnd()
        #expect(text.hasPrefix("HTTP/1.1 200 ") && !text.hasSuffix("0\r\n\r\n"))
        let new = try await RawClient.connect(server)
        let head = Frame.post.map { $0.0 == ":path" ? (":path", "/answered") : $0 }
        new.send(Self.open() + Frame.headers(1, Frame.post, endStream: false).bytes + Frame.data(1, [1]).bytes)
        new.send(Frame.headers(3, head, endStream: false).bytes)
        let frames = try await new.frames { $0.of(Frame.Kind.reset).count == 2 }
        #expect(frames.of(Frame.Kind.reset, stream: 1) == [.reset(1, 0)], "408 in full, the rest is not wanted")
        #expect(frames.of(Frame.Kind.reset, stream: 3) == [.reset(3, HTTP2ErrorCode.cancel.rawValue)])
        new.close()
      }
    }

    @Test("A body that trickles in has a time for the whole, also when no pause is too long")
    func tricklingBody() async throws {
      try await LoopbackServer.run(patient, configure: short(\.bodyTotal)) { server in
        let old = try await RawClient.connect(server)
        old.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n123")
        #expect(try await old.receivedToEnd().hasPrefix("HTTP/1.1 408 "))
        let new = try await RawClient.connect(server)
        new.send(Self.open() + Frame.headers(1, Frame.post, endStream: false).bytes + Frame.data(1, [1]).bytes)
        let frames = try await new.frames { !$0.of(Frame.Kind.reset).isEmpty }
        #expect(frames.of(Frame.Kind.headers, stream: 1).count == 1, "408 first")
        #expect(frames.of(Frame.Kind.reset, stream: 1) == [.reset(1, 0)])
        new.close()
      }
    }

    @Test("A body earns time by its bytes, and is not blamed for the time in which nobody took them")
    func bodyClock() {
      var timeouts = HTTPTimeouts()
      timeouts.bodyTotal = .seconds(60)
      timeouts.minimumBodyRate = 1000
      let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
      var clock = BodyClock(start)
      #expect(!clock.isOver(start + .seconds(60), timeouts))
      #expect(clock.isOver(start + .milliseconds(60_001), timeouts))
      clock.received(999)
      #expect(clock.isOver(start + .milliseconds(60_001), timeouts))
      clock.received(9001)
      #expect(!clock.isOver(start + .seconds(70), timeouts))
      #expect(clock.isOver(start + .milliseconds(70_001), timeouts))
      clock.excuse(.seconds(5))
      #expect(!clock.isOver(start + .seconds(75), timeouts))
      #expect(clock.isOver(start + .milliseconds(75_001), timeouts))
    }

    @Test("A stream that may pause is left alone")
    func bodyTimeoutOff() async throws {
      let handler = AsyncHTTPHandler { request, body, writer in
        if request.path == "/pausing" { writer.setEnforcesBodyTimeout(false) }
        let whole = try await body.collect(upTo: 100)
        writer.respond(HTTPResponse(status: .ok), body: whole)
      }
      try await LoopbackServer.run(handler, configure: short(\.body)) { server in
        let client = try await RawClient.connect(server)
        let head = Frame.post.map { $0.0 == ":path" ? (":path", "/pausing") : $0 }
        client.send(Self.open() + Frame.headers(1, head, endStream: false).bytes)
        client.send(Frame.headers(3, Frame.post, endStream: false).bytes)
        // The clock was looked at: the other stream is gone.
        _ = try await client.frames { !$0.of(Frame.Kind.reset, stream: 3).isEmpty }
        client.send(Frame.data(1, [65], endStream: true).bytes)
        let frames = try await client.frames { !$0.of(Frame.Kind.data, stream: 1).isEmpty }
        #expect(frames.of(Frame.Kind.data, stream: 1).first?.payload == [65])
        #expect(frames.of(Frame.Kind.reset, stream: 1).isEmpty)
        client.close()
      }
    }

    private let large = ClosureHandler { stream, _, _ in
      stream.send(head: [":status": "200"], endStream: false)
      stream.send(data: ByteBuffer(repeating: 1, count: 30_000_000), endStream: true)
      return nil
    }

    @Test("A stream whose window stays closed is reset, others go on")
    func stalledWindow() async throws {
      try await LoopbackServer.run(large, configure: short(\.outboundStall)) { server in
        let client = try await RawClient.connect(server)
        client.send(Self.open() + Frame.headers(1).bytes)
        let frames = try await client.frames { !$0.of(Frame.Kind.reset).isEmpty }
        #expect(frames.of(Frame.Kind.reset) == [.reset(1, HTTP2ErrorCode.cancel.rawValue)])
        #expect(frames.of(Frame.Kind.goAway).isEmpty)
        client.close()
      }
    }

    @Test("A peer that reads nothing loses its HTTP/2 connection")
    func stalledSocket() async throws {
      try await LoopbackServer.run(large, configure: short(\.outboundStall)) { server in
        let client = try await RawClient.connect(server, autoRead: false)
        client.send(Frame.preface + Frame.settings([(4, 0x7fff_ffff)]).bytes)
        client.send(Frame.windowUpdate(0, 0x7fff_0000).bytes + Frame.headers(1).bytes)
        while server.server.connectionCount == 0 { try await LoopbackServer.turnLoops(1) }
        while server.server.connectionCount > 0 { try await LoopbackServer.turnLoops(100) }
        client.close()
      }
    }

    @Test("A peer that reads nothing loses its HTTP/1.1 connection, also when its response was handed over whole")
    func stalledHTTP1() async throws {
      try await LoopbackServer.run(large, configure: short(\.outboundStall)) { server in
        let client = try await RawClient.connect(server, autoRead: false)
        client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        while server.server.connectionCount == 0 { try await LoopbackServer.turnLoops(1) }
        while server.server.connectionCount > 0 { try await LoopbackServer.turnLoops(100) }
        client.close()
      }
    }

    @Test("A connection past its age is drained")
    func connectionAge() async throws {
      try await LoopbackServer.run(
        ClosureHandler.echoPath, configure: { $0.keepalive.maximumAge = .milliseconds(100) }
      ) { server in
        let client = try await TestClient.connect(server)
        #expect(try await client.goingAway == .noError)
        #expect(try await client.ended == .connectionClosed)
      }
    }

    @Test("A malformed header block does not cost the connection when its time is over")
    func malformedThenIdle() async throws {
      try await LoopbackServer.run(
        patient,
        configure: { configuration in
          configuration.timeouts.header = .milliseconds(100)
          configuration.timeouts.body = .milliseconds(100)
        }
      ) { server in
        let client = try await RawClient.connect(server)
        client.send(Self.open() + Frame.headers(1, Frame.post, endStream: false).bytes)
        client.send(Frame.headers(3, Frame.get + [("Upper", "x")]).bytes)
        // The body's time-out on the first stream shows that the clock was looked at.
        let frames = try await client.frames { !$0.of(Frame.Kind.reset, stream: 1).isEmpty }
        #expect(frames.of(Frame.Kind.goAway).isEmpty)
        client.close()
      }
    }
  }
}
