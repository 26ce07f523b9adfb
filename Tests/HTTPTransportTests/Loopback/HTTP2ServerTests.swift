import HTTPTransport
import HTTPTypes
import NIOCore
import Testing

extension LoopbackTests {
  @Suite struct HTTP2ServerTests {
    @Test("The preface tells HTTP/2 from HTTP/1.1, also when it comes byte by byte")
    func preface() async throws {
      let versions = ClosureHandler { stream, _, _ in
        stream.send(head: [":status": "200", "version": stream.connection.version.rawValue], endStream: true)
        return nil
      }
      try await LoopbackServer.run(versions) { server in
        let client = try await RawClient.connect(server)
        for byte in Frame.preface + Frame.settings().bytes { client.send([byte]) }
        client.send(Frame.headers(1).bytes)
        let frames = try await client.frames { !$0.of(Frame.Kind.headers, stream: 1).isEmpty }
        #expect(frames.first?.type == Frame.Kind.settings)
        #expect(frames.of(Frame.Kind.headers, stream: 1).first?.flags == 0x5)
        client.close()
        let old = try await RawClient.connect(server)
        for byte in "PRI / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".utf8 { old.send([byte]) }
        #expect(try await old.receivedToEnd().hasPrefix("HTTP/1.1 400 "), "PRI is no method of HTTP/1.1")
      }
    }

    @Test("A client calls the server, many calls at once, with bodies both ways")
    func manyCalls() async throws {
      let echo = AsyncHTTPHandler { _, body, writer in
        writer.writeHead(HTTPResponse(status: .ok))
        for try await piece in body { try await writer.write(piece) }
      }
      try await LoopbackServer.run(echo) { server in
        let client = try await TestClient.connect(server)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for index in 0..<100 {
            group.addTask {
              let body = ByteBuffer(repeating: UInt8(index), count: index * 4_000)
              let reply = try await client.call(body: body)
              #expect(reply.status == "200" && reply.body == body)
            }
          }
          try await group.waitForAll()
        }
        client.close()
        #expect(try await client.ended == .connectionClosed)
      }
    }

    @Test("A shutdown lets the open call finish, refuses new ones, and closes")
    func gracefulShutdown() async throws {
      let started = Promised<Void>()
      let release = Promised<Void>()
      let handler = AsyncHTTPHandler { _, _, writer in
        started.set(())
        try await release.value
        writer.respond(HTTPResponse(status: .ok), body: ByteBuffer(string: "done"))
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await TestClient.connect(server)
        async let reply = client.call()
        try await started.value
        async let down: Void = server.server.shutdown(grace: .seconds(30))
        #expect(try await client.goingAway == .noError)
        await #expect(throws: HTTPTransportError.self) { try await client.call() }
        release.set(())
        #expect(try await reply.body == ByteBuffer(string: "done"))
        await down
        #expect(try await client.ended == .connectionClosed)
        #expect(server.server.connectionCount == 0)
      }
    }

    @Test("A shutdown does not wait longer than its grace, nor for silent sockets")
    func shutdownDeadline() async throws {
      let started = Promised<Void>()
      let handler = AsyncHTTPHandler { _, _, _ in
        started.set(())
        try await Task.sleep(for: .seconds(600))
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await TestClient.connect(server)
        let call = try await client.open()
        try await started.value
        let silent = try await RawClient.connect(server)
        await server.server.shutdown(grace: .milliseconds(50))
        #expect(try await silent.receivedToEnd() == "")
        await #expect(throws: CallFailed.self) { try await call.reply }
        #expect(server.server.connectionCount == 0)
      }
    }

    @Test("A body collected beyond its bound is a 413, and the call's end is orderly")
    func collectBound() async throws {
      let handler = AsyncHTTPHandler { _, body, writer in
        let whole = try await body.collect(upTo: 1_000)
        writer.respond(HTTPResponse(status: .ok), body: whole)
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await TestClient.connect(server)
        #expect(try await client.call(body: ByteBuffer(repeating: 1, count: 1_000)).status == "200")
        #expect(try await client.call(body: ByteBuffer(repeating: 1, count: 1_001)).status == "413")
        #expect(try await client.call(body: ByteBuffer(repeating: 1, count: 3_000_000)).status == "413")
        #expect(try await client.call(body: ByteBuffer(repeating: 1, count: 10)).status == "200")
        client.close()
      }
    }

    @Test("An exchange may be used from any thread, and its task's cancellation is felt there")
    func otherThreads() async throws {
      let handler = AsyncHTTPHandler { _, body, writer in
        try await withThrowingTaskGroup(of: Void.self) { group in
          // Off the loop: the global pool.
          group.addTask(executorPreference: globalConcurrentExecutor) {
            writer.writeHead(HTTPResponse(status: .ok))
            for try await piece in body { try await writer.write(piece) }
            let sum = await body.trailers?.first?.value ?? ""
            writer.finish(trailers: [.trailer: sum])
          }
          try await group.waitForAll()
        }
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await TestClient.connect(server)
        let body = ByteBuffer(repeating: 3, count: 2_000_000)
        let reply = try await client.call(body: body, trailers: ["x-sum": "7"])
        #expect(reply.body == body && reply.trailers?["trailer"] == "7")
        client.close()
      }
    }

    @Test("A read that is cancelled off the loop throws, and another one may follow")
    func cancelledRead() async throws {
      let waiting = Promised<Void>()
      let handler = AsyncHTTPHandler { _, body, writer in
        let reader = Task(executorPreference: globalConcurrentExecutor) { () -> Bool in
          waiting.set(())
          do {
            for try await _ in body {}
            return false
          } catch {
            return error is CancellationError
          }
        }
        try await waiting.value
        reader.cancel()
        let wasCancelled = await reader.value
        let rest = try await body.collect(upTo: 100)
        writer.respond(HTTPResponse(status: .ok), body: ByteBuffer(string: "\(wasCancelled) \(String(buffer: rest))"))
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await TestClient.connect(server)
        let call = try await client.open(Endpoint.postHead, endStream: false)
        try await waiting.value
        try await LoopbackServer.turnLoops(100)
        try await call.send(ByteBuffer(string: "rest"), endStream: true)
        #expect(String(buffer: try await call.reply.body) == "true rest")
        client.close()
      }
    }

    @Test("More connections of one peer than allowed are closed at once")
    func connectionsPerPeer() async throws {
      try await LoopbackServer.run(ClosureHandler.echoPath, configure: { $0.maxConnectionsPerPeer = 2 }) { server in
        let first = try await TestClient.connect(server)
        let second = try await TestClient.connect(server)
        #expect(try await RawClient.connect(server).receivedToEnd() == "")
        #expect(try await first.call().status == "200")
        first.close()
        _ = try await first.ended
        try await LoopbackServer.turnLoops(100)
        let third = try await TestClient.connect(server)
        #expect(try await third.call().status == "200")
        second.close()
        third.close()
      }
    }

    @Test("A peer that breaks the protocol hears why before the connection ends")
    func protocolError() async throws {
      try await LoopbackServer.run(ClosureHandler.echoPath) { server in
        let client = try await RawClient.connect(server)
        client.send(Frame.preface + Frame.settings().bytes + Frame.data(1, [1]).bytes)
        client.send([UInt8](repeating: 0, count: 1_000_000))
        let frames = try await client.frames { !$0.of(Frame.Kind.goAway).isEmpty }
        #expect(frames.of(Frame.Kind.goAway).first?.word(at: 4) == HTTP2ErrorCode.protocolError.rawValue)
        _ = try await client.receivedToEnd()
      }
    }

    @Test("A call that its client breaks off cancels the handler")
    func cancellation() async throws {
      let started = Promised<Void>()
      let outcome = Promised<Bool>()
      let handler = AsyncHTTPHandler { _, _, _ in
        started.set(())
        try? await Task.sleep(for: .seconds(600))
        outcome.set(Task.isCancelled)
      }
      try await LoopbackServer.run(handler) { server in
        let client = try await TestClient.connect(server)
        let call = try await client.open()
        try await started.value
        try await call.reset()
        #expect(try await outcome.value)
        client.close()
      }
    }
  }
}
