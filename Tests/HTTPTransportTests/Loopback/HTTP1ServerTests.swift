import HTTPTransport
import HTTPTypes
import NIOCore
import Testing

extension LoopbackTests {
  @Suite struct HTTP1ServerTests {
    private func get(_ path: String, _ extra: String = "") -> String {
      "GET \(path) HTTP/1.1\r\nHost: h\r\n\(extra)\r\n"
    }

    /// Reads the body and answers with its length and trailers, in two pieces.
    private let lengthHandler = AsyncHTTPHandler { request, body, writer in
      var count = 0
      for try await piece in body { count += piece.readableBytes }
      let sum = await body.trailers?[HTTPField.Name("x-sum") ?? .trailer] ?? "none"
      writer.writeHead(HTTPResponse(status: .ok))
      try await writer.write(ByteBuffer(string: "\(count) "))
      try await writer.write(ByteBuffer(string: "bytes, sum \(sum)."))
      writer.finish(trailers: [.trailer: "end"])
    }

    /// Counts a response's bytes and takes them only when told to, so that the socket is not read before.
    private final class Hesitant: HTTPStreamDelegate, HTTPClientConnectionDelegate, @unchecked Sendable {
      let ended = Promised<Int>()
      // On the connection's loop only.
      var stream: (any HTTPStream)?
      private var isTaking = false
      private var pending = 0
      private var total = 0

      func takeAll() {
        isTaking = true
        stream?.consumed(pending)
        pending = 0
      }

      func streamReceived(data: ByteBuffer, endStream: Bool) {
        total += data.readableBytes
        if isTaking { stream?.consumed(data.readableBytes) } else { pending += data.readableBytes }
      }

      func streamReceived(trailers: HeaderBlock) {}
      func streamClosed(_ reason: HTTPStreamCloseReason) { ended.set(reason == .completed ? total : -1) }
      func connectionIsGoingAway(_ connection: any HTTPClientConnection, code: HTTP2ErrorCode, debugData: String) {}
      func connectionEnded(_ connection: any HTTPClientConnection, reason: HTTPTransportError?) {}
    }

    @Test("A writer waits while the peer does not read, and goes on when it does")
    func writerWaits() async throws {
      // More than the sockets' own buffers take.
      let pieces = 500
      let piece = ByteBuffer(repeating: 1, count: 64 * 1024)
      let written = NIOLockedCounter()
      let handler = AsyncHTTPHandler { _, _, writer in
        writer.writeHead(HTTPResponse(status: .ok))
        for _ in 0..<pieces {
          try await writer.write(piece)
          written.add(1)
        }
      }
      try await LoopbackServer.run(handler) { server in
        let client = Hesitant()
        let connection = try await HTTP1ClientConnection.connect(
          to: server.address, hostname: nil, configuration: .init(), executor: TestClient.executor, delegate: client)
        try await connection.eventLoop.submit {
          client.stream = try connection.openStream(head: Endpoint.getHead, endStream: true, delegate: client)
        }.get()
        // Then nothing moves, however often the loops go round.
        var before = -1
        while written.value == 0 || written.value != before {
          before = written.value
          try await LoopbackServer.turnLoops()
        }
        #expect(before < pieces)
        try await connection.eventLoop.submit { client.takeAll() }.get()
        #expect(try await client.ended.value == pieces * piece.readableBytes)
        #expect(written.value == pieces)
        connection.close()
      }
    }

    @Test("A connection is kept for the next request, also when the handler answers at once")
    func keepAlive() async throws {
      try await LoopbackServer.run(ClosureHandler.echoPath) { server in
        let client = try await RawClient.connect(server)
        for index in 0..<3 {
          client.send(get("/\(index)"))
          let text = try await client.received(containing: "\r\n\r\n/\(index)")
          #expect(!text.contains("connection: close"))
        }
        #expect(server.server.connectionCount == 1)
        client.close()
      }
    }

    enum Answering: CaseIterable { case atOnce, inTask, prepared }

    @Test("Pipelined requests are answered in order, however many come at once", arguments: Answering.allCases)
    func pipelining(answering: Answering) async throws {
      let asynchronous = AsyncHTTPHandler { request, _, writer in
        await Task.yield()
        writer.respond(HTTPResponse(status: .ok), body: ByteBuffer(string: request.path ?? ""))
      }
      let prepared = ClosureHandler { stream, head, _ in
        let body = ByteBuffer(string: head[":path"] ?? "")
        let head: HeaderBlock = [":status": "200", "content-length": "\(body.readableBytes)"]
        stream.send(prepared: PreparedResponse(head: head, body: body), fields: HeaderBlock(), withBody: true)
        return nil
      }
      let handler: any HTTPRequestHandler =
        switch answering {
        case .atOnce: ClosureHandler.echoPath
        case .inTask: asynchronous
        case .prepared: prepared
        }
      try await LoopbackServer.run(handler) { server in
        let client = try await RawClient.connect(server)
        client.send((0..<10_000).map { get("/\($0)") }.joined())
        let text = try await client.received(containing: "\r\n\r\n/9999")
        let answers = text.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix { $0 != "H" } }
        #expect(answers.map(String.init) == (0..<10_000).map { "/\($0)" })
        client.close()
      }
    }

    @Test(
      "Answers past the encoder and through it reach a peer in order and whole, large ones too",
      arguments: [true, false])
    func mixedAnswers(readsAtOnce: Bool) async throws {
      let small = ByteBuffer(string: "small")
      let large = ByteBuffer(repeating: UInt8(ascii: "l"), count: 100_000)
      func prepared(_ body: ByteBuffer) -> PreparedResponse {
        PreparedResponse(head: [":status": "200", "content-length": "\(body.readableBytes)"], body: body)
      }
      let (ofSmall, ofLarge) = (prepared(small), prepared(large))
      let later = AsyncHTTPHandler { request, _, writer in
        await Task.yield()
        writer.respond(HTTPResponse(status: .ok), body: ByteBuffer(string: request.path ?? ""))
      }
      let handler = ClosureHandler { stream, head, endStream in
        let path = head[":path"] ?? ""
        if path.hasPrefix("/later") { return later.accept(stream, head: head, endStream: endStream) }
        stream.send(
          prepared: path.hasPrefix("/large") ? ofLarge : ofSmall, fields: ["x-path": path], withBody: true)
        return nil
      }
      var requests = ""
      var expected = ""
      func head(_ length: Int, _ extra: String = "") -> String {
        "HTTP/1.1 200 OK\r\ncontent-length: \(length)\r\n\(extra)\r\n"
      }
      for index in 0..<400 {
        let last = index == 399 ? "connection: close\r\n" : ""
        let kind = index % 7
        let path = kind == 2 ? "/later\(index)" : kind == 4 ? "/large\(index)" : "/small\(index)"
        requests += kind == 5 ? "HEAD \(path) HTTP/1.1\r\nHost: a\r\n\(last)\r\n" : get(path, last)
        switch kind {
        case 2: expected += head(path.utf8.count, last) + path
        case 4: expected += head(100_000, "x-path: \(path)\r\n" + last) + String(buffer: large)
        default: expected += head(5, "x-path: \(path)\r\n" + last) + (kind == 5 ? "" : "small")
        }
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await RawClient.connect(server, autoRead: readsAtOnce)
        client.send(requests)
        // What the socket does not take waits, and more is answered only when it has gone.
        if !readsAtOnce {
          try await LoopbackServer.turnLoops(50)
          client.setAutoRead(true)
        }
        let text = try await client.receivedToEnd()
        #expect(text == expected, "\(text.count) characters, expected \(expected.count)")
      }
    }

    @Test("A response that is sent whole is on the wire as one that is sent by steps")
    func whole() async throws {
      let heads: [HeaderBlock] = [
        [":status": "200", "content-length": "4", "x-a": "b"],
        [":status": "404", "x-a": "line\r\nend", "content-length": "4", "bad name": "x"],
        [":status": "200", "content-length": "3"], [":status": "200", "content-length": "5"], [":status": "200"],
        [":status": "200", "content-length": "4", "content-length": "4"],
        [":status": "200", "connection": "close", "transfer-encoding": "chunked", "content-length": "4"],
        [":status": "426", "upgrade": "websocket", "content-length": "4"],
        [":status": "204", "content-length": "4"], [":status": "304", "content-length": "4"],
        [":status": "wrong", "content-length": "4"], [":status": "599", "content-length": "4"],
      ]
      let body = ByteBuffer(string: "body")
      let handler = ClosureHandler { stream, request, _ in
        let path = request[":path"] ?? ""
        let head = heads[Int(path.dropFirst(2)) ?? 0]
        if path.hasPrefix("/w") {
          stream.send(head: head, wholeBody: body)
        } else {
          stream.send(head: head, endStream: false)
          stream.send(data: body, endStream: true)
        }
        return nil
      }
      try await LoopbackServer.run(handler) { server in
        func answer(_ method: String, _ path: String, _ rest: String) async throws -> String {
          let client = try await RawClient.connect(server)
          client.send("\(method) \(path) HTTP/1.\(rest)Connection: close\r\n\r\n")
          return try await client.receivedToEnd()
        }
        for index in heads.indices {
          for (method, rest) in [("GET", "1\r\nHost: h\r\n"), ("HEAD", "1\r\nHost: h\r\n"), ("GET", "0\r\n")] {
            let whole = try await answer(method, "/w\(index)", rest)
            #expect(whole.hasPrefix("HTTP/1.1 "))
            #expect(try await answer(method, "/s\(index)", rest) == whole, "\(method) \(heads[index])")
          }
        }
      }
    }

    @Test("The first of many pipelined requests may take its time")
    func pipeliningBehindSlow() async throws {
      let release = Promised<Void>()
      let handler = AsyncHTTPHandler { request, _, writer in
        if request.path == "/0" { try await release.value }
        writer.respond(HTTPResponse(status: .ok), body: ByteBuffer(string: request.path ?? ""))
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await RawClient.connect(server)
        client.send((0..<5_000).map { get("/\($0)") }.joined())
        // A second connection shows that the loops are alive meanwhile.
        let other = try await RawClient.connect(server)
        other.send(get("/other", "Connection: close\r\n"))
        _ = try await other.receivedToEnd()
        release.set(())
        let text = try await client.received(containing: "\r\n\r\n/4999")
        #expect(text.components("\r\n\r\n/") == 5_000)
        client.close()
      }
    }

    @Test("Nothing behind a request with Connection: close is answered")
    func closeEndsPipeline() async throws {
      try await LoopbackServer.run(ClosureHandler.echoPath) { server in
        let client = try await RawClient.connect(server)
        client.send(get("/1") + get("/2", "Connection: close\r\n") + get("/3"))
        let text = try await client.receivedToEnd()
        #expect(text.hasSuffix("connection: close\r\n\r\n/2"))
        #expect(text.components("HTTP/1.1 200") == 2)
      }
    }

    @Test("Chunked requests with trailers are read, and responses without a length are chunked with trailers")
    func chunked() async throws {
      try await LoopbackServer.run(lengthHandler) { server in
        let client = try await RawClient.connect(server)
        client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send("5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-Sum: 42\r\n\r\n")
        let text = try await client.received(containing: "trailer: end\r\n\r\n")
        #expect(text.contains("transfer-encoding: chunked\r\n"))
        #expect(text.hasSuffix("\r\n\r\n3\r\n11 \r\ne\r\nbytes, sum 42.\r\n0\r\ntrailer: end\r\n\r\n"))
        client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n1234")
        _ = try await client.received(containing: "4 \r\n")
        client.close()
      }
    }

    @Test("HEAD is answered without a body, whatever the handler writes, and the connection goes on")
    func head() async throws {
      let handler = AsyncHTTPHandler { request, _, writer in
        if request.path == "/length" {
          writer.respond(HTTPResponse(status: .ok), body: ByteBuffer(string: "0123456789"))
        } else {
          writer.writeHead(HTTPResponse(status: .ok))
          try await writer.write(ByteBuffer(string: "body"))
          writer.finish(trailers: [.trailer: "end"])
        }
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await RawClient.connect(server)
        client.send("HEAD /length HTTP/1.1\r\nHost: h\r\n\r\nHEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        let text = try await client.receivedToEnd()
        #expect(text == "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nHTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
      }
    }

    @Test("100 Continue goes out when the handler wants the body, and not before its refusal")
    func expectContinue() async throws {
      let handler = AsyncHTTPHandler { request, body, writer in
        if request.path == "/refuse" {
          writer.respond(HTTPResponse(status: .contentTooLarge))
          return
        }
        let whole = try await body.collect(upTo: 100)
        writer.respond(HTTPResponse(status: .ok), body: whole)
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await RawClient.connect(server)
        client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        #expect(try await client.received(containing: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("abc")
        #expect(try await client.received(containing: "\r\n\r\nabc").contains("HTTP/1.1 200 OK"))
        client.send("POST /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        let text = try await client.receivedToEnd()
        #expect(text.contains("413") && text.components("100 Continue") == 1)
        #expect(text.hasSuffix("connection: close\r\n\r\n"))
      }
    }

    @Test("HTTP/1.0 is answered with a body that ends with the connection")
    func http10() async throws {
      let handler = AsyncHTTPHandler { _, _, writer in
        writer.writeHead(HTTPResponse(status: .ok))
        try await writer.write(ByteBuffer(string: "plain"))
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await RawClient.connect(server)
        client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(try await client.receivedToEnd() == "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nplain")
      }
    }

    @Test("A request for an upgrade is answered as if it had not asked, and ends the connection")
    func upgrade() async throws {
      try await LoopbackServer.run(ClosureHandler.echoPath) { server in
        let client = try await RawClient.connect(server)
        client.send(get("/", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n"))
        let text = try await client.receivedToEnd()
        #expect(text.hasPrefix("HTTP/1.1 200") && text.contains("connection: close"))
      }
    }

    static let refused: [(String, String)] = [
      ("400", "nonsense\r\n\r\n"),
      ("400", "GET / HTTP/1.1\r\n\r\n"),
      ("400", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
      ("400", "GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n"),
      ("400", "GET / HTTP/1.1\r\nHost: a\r\n : x\r\n\r\n"),
      ("400", "GET / HTTP/9.9\r\nHost: a\r\n\r\n"),
      ("400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      ("400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
      ("400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
      ("400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 4\r\n\r\nabcd"),
      ("400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc"),
      ("400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"),
      ("400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"),
      ("400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
      ("400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
      ("400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
      ("400", "GET / HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n"),
      ("431", "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 20_000))\r\n\r\n"),
      ("431", "GET /\(String(repeating: "y", count: 20_000)) HTTP/1.1\r\nHost: a\r\n\r\n"),
      ("431", "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 200))\r\n"),
      ("501", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
    ]

    @Test("Malformed, oversized and smuggled requests are refused once and end the connection", arguments: refused)
    func refusals(status: String, request: String) async throws {
      let reached = Promised<Void>()
      let handler = AsyncHTTPHandler { _, body, writer in
        reached.set(())
        _ = try await body.collect(upTo: 1_000)
        writer.respond(HTTPResponse(status: .ok))
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await RawClient.connect(server)
        client.send(request + get("/smuggled"))
        let text = try await client.receivedToEnd()
        #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text.prefix(40))")
        #expect(text.components("HTTP/1.1 ") == 1)
        #expect(text.contains("connection: close"))
      }
    }

    @Test("A body that breaks in the middle is refused when nothing was answered, and the handler is told")
    func brokenBody() async throws {
      let outcome = Promised<String>()
      let handler = AsyncHTTPHandler { _, body, writer in
        do {
          _ = try await body.collect(upTo: 1_000)
          outcome.set("read")
        } catch {
          outcome.set("\(error)")
          throw error
        }
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await RawClient.connect(server)
        client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n")
        #expect(try await client.receivedToEnd().hasPrefix("HTTP/1.1 400 "))
        #expect(try await outcome.value.contains("broken off"))
      }
    }

    @Test("A small unread body is thrown away and the connection kept")
    func smallUnreadBody() async throws {
      try await LoopbackServer.run(ClosureHandler.echoPath) { server in
        let client = try await RawClient.connect(server)
        client.send("POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345")
        _ = try await client.received(containing: "\r\n\r\n/1")
        client.send("67890" + get("/2"))
        let text = try await client.received(containing: "\r\n\r\n/2")
        #expect(!text.contains("connection: close") && text.components("HTTP/1.1 200") == 2)
        client.close()
      }
    }

    @Test("A large unread upload is answered early, and the answer arrives before the connection ends")
    func largeUnreadUpload() async throws {
      let handler = ClosureHandler { stream, _, _ in
        stream.send(head: [":status": "413"], endStream: true)
        return nil
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await RawClient.connect(server)
        client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n")
        // Never read by the server's handler; an abrupt close would destroy the answer on its way.
        for _ in 0..<50 { client.send(String(repeating: "x", count: 100_000)) }
        let text = try await client.received(containing: "\r\n\r\n")
        #expect(text.hasPrefix("HTTP/1.1 413 ") && text.contains("connection: close"))
        client.close()
      }
    }

    @Test("A large response to a slow reader arrives whole before Connection: close takes effect")
    func slowReader() async throws {
      let handler = ClosureHandler { stream, head, _ in
        if head[":path"] == "/first" {
          stream.send(head: [":status": "204"], endStream: true)
          return nil
        }
        stream.send(head: [":status": "200", "content-length": "8000000"], endStream: false)
        stream.send(data: ByteBuffer(repeating: UInt8(ascii: "x"), count: 8_000_000), endStream: true)
        return nil
      }
      let configure = { (configuration: inout HTTPServerConfiguration) in
        configuration.timeouts.linger = .milliseconds(1)
        configuration.timeouts.header = .milliseconds(500)
      }
      try await LoopbackServer.run(handler, configure: configure) { server in
        let client = try await RawClient.connect(server)
        client.send(get("/first"))
        _ = try await client.received(containing: "204")
        client.setAutoRead(false)
        client.send(get("/", "Connection: close\r\n"))
        // Half requests that are ended by time prove that the server has looked at all its clocks.
        for _ in 0..<2 {
          let other = try await RawClient.connect(server)
          other.send("GET")
          #expect(try await other.receivedToEnd().hasPrefix("HTTP/1.1 408 "))
        }
        client.setAutoRead(true)
        let text = try await client.receivedToEnd()
        #expect(text.utf8.count > 8_000_000)
      }
    }

    @Test("A body's reader holds the sender back")
    func backPressure() async throws {
      let release = Promised<Void>()
      let total = Promised<Int>()
      let handler = AsyncHTTPHandler { _, body, writer in
        try await release.value
        var count = 0
        for try await piece in body { count += piece.readableBytes }
        total.set(count)
        writer.respond(HTTPResponse(status: .ok))
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await RawClient.connect(server)
        client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 30000000\r\n\r\n")
        let sent = NIOLockedCounter()
        for _ in 0..<300 { client.send([UInt8](repeating: 1, count: 100_000), counter: sent) }
        // The kernel's buffers and ours take some; not all of it.
        try await LoopbackServer.turnLoops()
        #expect(sent.value < 30_000_000)
        release.set(())
        #expect(try await total.value == 30_000_000)
        client.close()
      }
    }

    @Test("A handler that writes more or less than it declared cannot spoil the next response")
    func wrongLength() async throws {
      let handler = AsyncHTTPHandler { request, _, writer in
        var response = HTTPResponse(status: .ok)
        response.headerFields[.contentLength] = "4"
        writer.writeHead(response)
        try await writer.write(ByteBuffer(string: request.path == "/more" ? "123456" : "12"))
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await RawClient.connect(server)
        client.send(get("/more") + get("/less") + get("/never"))
        let text = try await client.receivedToEnd()
        #expect(text.components("HTTP/1.1 200") == 2)
        #expect(text.contains("\r\n\r\n1234HTTP/1.1") && text.hasSuffix("\r\n\r\n12"))
      }
    }

    @Test("An error before the head is a 500 without details, after it a broken response")
    func handlerErrors() async throws {
      struct Secret: Error {}
      let handler = AsyncHTTPHandler { request, body, writer in
        switch request.path {
        case "/early": throw Secret()
        case "/large": _ = try await body.collect(upTo: 3)
        case "/silent": return
        default:
          writer.writeHead(HTTPResponse(status: .ok))
          try await writer.write(ByteBuffer(string: "part"))
          throw Secret()
        }
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await RawClient.connect(server)
        client.send(
          get("/early") + "POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12345" + get("/silent")
            + get("/late"))
        let text = try await client.receivedToEnd()
        #expect(text.hasPrefix("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\nHTTP/1.1 413 "))
        #expect(text.components("HTTP/1.1 500 ") == 2)
        #expect(text.hasSuffix("4\r\npart\r\n"), "no last chunk: the peer sees that it is cut off")
      }
    }

    @Test(
      "A peer that asks without end and takes no answers gets no more than fit",
      arguments: ["", "Content-Length: 0\r\n"])
    func unreadAnswers(extra: String) async throws {
      let requests = 2000
      let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 << 10)
      let response = PreparedResponse(
        head: [":status": "200", "content-length": "\(body.readableBytes)"], body: body)
      let answered = NIOLockedCounter()
      let handler = ClosureHandler { stream, _, _ in
        stream.send(prepared: response, fields: HeaderBlock(), withBody: true)
        answered.add(1)
        return nil
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await RawClient.connect(server, autoRead: false)
        client.send((0..<requests).map { _ in get("/", extra) }.joined())
        // Then nothing moves, however often the loops go round.
        var before = -1
        while answered.value == 0 || answered.value != before {
          before = answered.value
          try await LoopbackServer.turnLoops()
        }
        #expect(before < requests / 2, "\(before) answers wait in memory")
        client.setAutoRead(true)
        while answered.value == before { try await LoopbackServer.turnLoops(10) }
        client.close()
      }
    }

    @Test("A peer that leaves cancels the handler's task")
    func cancellation() async throws {
      let started = Promised<Void>()
      let cancelled = Promised<Bool>()
      let handler = AsyncHTTPHandler { _, _, _ in
        started.set(())
        await withTaskCancellationHandler {
          _ = try? await Task.sleep(for: .seconds(60))
          cancelled.set(Task.isCancelled)
        } onCancel: {
        }
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await RawClient.connect(server)
        client.send(get("/"))
        try await started.value
        client.close()
        #expect(try await cancelled.value)
      }
    }
  }
}

extension String {
  /// How often `text` occurs.
  func components(_ text: String) -> Int { ranges(of: text).count }
}
