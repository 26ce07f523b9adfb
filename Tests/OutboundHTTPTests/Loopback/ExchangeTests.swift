import Compression
import NIOCore
import Testing

@testable import OutboundHTTP

@Suite("Requests to the outside", .timeLimit(.minutes(1)))
struct ExchangeTests {
  static let empty = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"

  @Test("A request goes out as it was made, and its response comes back")
  func roundTrip() async throws {
    let answer = "HTTP/1.1 201 Created\r\nX-One: 1\r\nx-two: a\r\nX-Two: b\r\ncontent-length: 5\r\n\r\nhello"
    try await ScriptedServer.run(answer: answer) { server in
      try await withClient { client in
        let response = try await client.send(
          OutboundRequest(
            .post, "\(server.url)/a?b=c#d", headers: ["Content-Type": "text/plain", "X-Three": "3"],
            body: Array("body".utf8)))
        #expect(response.status == 201)
        #expect(String(decoding: response.body, as: UTF8.self) == "hello")
        #expect(response.headers["X-ONE"] == "1")
        #expect(response.headers.values("x-two") == ["a", "b"])
        #expect(response.url.absoluteString == "\(server.url)/a?b=c")
        let lines = server.requests.first?.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines?.first == "POST /a?b=c HTTP/1.1")
        #expect(lines?.dropFirst().first == "host: 127.0.0.1:\(server.port)")
        #expect(lines?.last == "body")
        for line in [
          "content-type: text/plain", "x-three: 3", "content-length: 4", "accept-encoding: gzip",
          "user-agent: Fiyatradari",
        ] {
          #expect(lines?.contains(line) == true, "\(line) is missing")
        }
      }
    }
  }

  @Test("Bodies end by length, by chunks, and by the connection's end")
  func framing() async throws {
    for answer in [
      "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
      "HTTP/1.0 200 OK\r\n\r\nhello",
    ] {
      let script: ScriptedServer.Script = { _, _, channel in
        channel.send(answer)
        if answer.hasPrefix("HTTP/1.0") { channel.close(promise: nil) }
      }
      try await ScriptedServer.run(script) { server in
        try await withClient { client in
          let response = try await client.send(OutboundRequest(.get, server.url))
          #expect(String(decoding: response.body, as: UTF8.self) == "hello")
        }
      }
    }
  }

  @Test("A gzip body is decompressed, in whatever pieces it comes")
  func gzip() async throws {
    var compressed = ByteBuffer()
    let page = ByteBuffer(string: String(repeating: "<p>fiyat</p>", count: 5_000))
    try DeflateStream(.gzip, level: 6).compress(page, into: &compressed)
    let bytes = compressed
    let script: ScriptedServer.Script = { _, _, channel in
      channel.send("HTTP/1.1 200 OK\r\ncontent-encoding: GZip\r\ncontent-length: \(bytes.readableBytes)\r\n\r\n")
      for byte in bytes.readableBytesView { channel.writeAndFlush(ByteBuffer(bytes: [byte]), promise: nil) }
    }
    try await ScriptedServer.run(script) { server in
      try await withClient { client in
        let response = try await client.send(OutboundRequest(.get, server.url))
        #expect(response.body == Array(page.readableBytesView))
      }
    }
  }

  @Test("A response to HEAD has no body, whatever it announces")
  func head() async throws {
    let answer = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 999999999\r\n\r\n"
    try await ScriptedServer.run(answer: answer) { server in
      try await withClient { client in
        for _ in 0..<2 {
          let response = try await client.send(OutboundRequest(.head, server.url))
          #expect(response.status == 200)
          #expect(response.body.isEmpty)
        }
        #expect(server.connections == 1)
      }
    }
  }

  @Test("A connection is kept and used again")
  func keepAlive() async throws {
    try await ScriptedServer.run(answer: Self.empty) { server in
      try await withClient { client in
        for _ in 0..<5 { _ = try await client.send(OutboundRequest(.get, server.url)) }
        #expect(server.connections == 1)
      }
    }
  }

  @Test("A response that ends the connection does not leave it to others")
  func close() async throws {
    let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    try await ScriptedServer.run(answer: answer) { server in
      try await withClient { client in
        for _ in 0..<3 { _ = try await client.send(OutboundRequest(.get, server.url)) }
        #expect(server.connections == 3)
      }
    }
  }

  @Test("A connection that the server gave up is replaced, for idempotent requests only")
  func stale() async throws {
    // The second request on a connection is not answered: the connection ends.
    let script: ScriptedServer.Script = { _, number, channel in
      if number == 1 { channel.send(Self.empty) } else { channel.close(promise: nil) }
    }
    try await ScriptedServer.run(script) { server in
      try await withClient { client in
        for _ in 0..<4 { _ = try await client.send(OutboundRequest(.get, server.url)) }
        let failure = await client.failure(OutboundRequest(.post, server.url, body: [1]))
        #expect(failure?.code == .connectionLost)
        #expect(server.requests.filter { $0.hasPrefix("POST") }.count == 1)
      }
    }
  }

  @Test("A host gets no more connections than configured, and all requests are served")
  func bounded() async throws {
    try await ScriptedServer.run(answer: Self.empty) { server in
      try await withClient({ $0.maxConnectionsPerHost = 2 }) { client in
        try await withThrowingTaskGroup(of: Int.self) { group in
          for _ in 0..<40 { group.addTask { try await client.send(OutboundRequest(.get, server.url)).status } }
          for try await status in group { #expect(status == 200) }
        }
        #expect(server.connections <= 2)
      }
    }
  }

  @Test("An idle connection is closed in time")
  func idle() async throws {
    let (closed, continuation) = AsyncStream.makeStream(of: Void.self)
    let script: ScriptedServer.Script = { _, _, channel in
      channel.send(Self.empty)
      channel.closeFuture.whenComplete { _ in continuation.finish() }
    }
    try await ScriptedServer.run(script) { server in
      try await withClient({ $0.idleTimeout = .milliseconds(20) }) { client in
        _ = try await client.send(OutboundRequest(.get, server.url))
        for await _ in closed {}
      }
    }
  }

  @Test("Redirects are followed, with credentials to the same origin only")
  func redirects() async throws {
    try await ScriptedServer.run(answer: Self.empty) { other in
      let target = other.url
      let script: ScriptedServer.Script = { request, _, channel in
        let location = request.hasPrefix("GET /a ") ? "b" : "\(target)/c"
        channel.send("HTTP/1.1 302 Found\r\nlocation: \(location)\r\ncontent-length: 0\r\n\r\n")
      }
      try await ScriptedServer.run(script) { server in
        try await withClient { client in
          let request = OutboundRequest(.get, "\(server.url)/a", headers: ["Authorization": "word"])
          let response = try await client.send(request)
          #expect(response.status == 200)
          #expect(response.url.absoluteString == "\(target)/c")
          #expect(server.requests.count == 2)
          #expect(server.requests.allSatisfy { $0.contains("authorization: word") })
          #expect(other.requests.first?.contains("authorization") == false)
          var unfollowed = request
          unfollowed.maxRedirects = 0
          #expect(try await client.send(unfollowed).status == 302)
        }
      }
    }
  }

  @Test("A header that would smuggle in another, or that is the client's own, is refused")
  func headers() async throws {
    try await withClient { client in
      for (name, value) in [
        ("x", "a\r\nb: c"), ("x", "a\nb"), ("x", "\u{0}"), ("x y", "a"), ("", "a"), ("x:", "a"), ("x\r\n", "a"),
        ("Host", "a"), ("content-length", "1"), ("Transfer-Encoding", "chunked"), ("accept-encoding", "br"),
      ] {
        var request = OutboundRequest(.get, "http://127.0.0.1:9/")
        request.headers.append(name, value)
        #expect(await client.failure(request)?.code == .invalidRequest)
      }
    }
  }
}
