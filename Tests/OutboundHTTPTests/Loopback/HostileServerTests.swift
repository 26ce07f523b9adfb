import Compression
import NIOCore
import Testing

@testable import OutboundHTTP

@Suite("Hostile servers", .timeLimit(.minutes(1)))
struct HostileServerTests {
  private func failure(
    _ script: @escaping ScriptedServer.Script, _ configure: (inout OutboundConfiguration) -> Void = { _ in }
  ) async throws -> OutboundError? {
    var result: OutboundError?
    try await ScriptedServer.run(script) { server in
      try await withClient(configure) { client in result = await client.failure("\(server.url)/SECRET?SECRET") }
    }
    #expect(result.map { "\($0)".contains("SECRET") } != true)
    #expect(result?.origin?.hasPrefix("http://127.0.0.1:") == true)
    return result
  }

  @Test("A head without end is cut off by its size")
  func endlessHead() async throws {
    let error = try await failure { _, _, channel in
      channel.send("HTTP/1.1 200 OK\r\n")
      channel.writeEndlessly {
        ByteBuffer(string: String(repeating: "x-more: \(String(repeating: "a", count: 1000))\r\n", count: 20))
      }
    }
    #expect(error?.code == .protocol)
  }

  @Test("One header field without end is cut off by its size")
  func endlessField() async throws {
    let error = try await failure { _, _, channel in
      channel.send("HTTP/1.1 200 OK\r\nx: ")
      channel.writeEndlessly { ByteBuffer(repeating: UInt8(ascii: "a"), count: 10_000) }
    }
    #expect(error?.code == .protocol)
  }

  @Test("Interim responses without end are cut off by time")
  func endlessInterim() async throws {
    let error = try await failure { _, _, channel in
      channel.writeEndlessly { ByteBuffer(string: "HTTP/1.1 102 Processing\r\n\r\n") }
    } _: {
      $0.headTimeout = .milliseconds(100)
    }
    #expect(error?.code == .timeout)
  }

  @Test("A body without end is cut off by its size", arguments: ["transfer-encoding: chunked", "connection: close"])
  func endlessBody(framing: String) async throws {
    let bytes = String(repeating: "a", count: 1024)
    let piece = String(repeating: framing.contains("chunked") ? "400\r\n\(bytes)\r\n" : bytes, count: 20)
    let error = try await failure { _, _, channel in
      channel.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
      channel.writeEndlessly { ByteBuffer(string: piece) }
    } _: {
      $0.maxResponseBytes = 100_000
    }
    #expect(error?.code == .tooLarge)
  }

  @Test(
    "Who needs the status only gets it, whatever the body does",
    arguments: ["transfer-encoding: chunked", "connection: close", "content-length: 99999999", "content-encoding: x"])
  func ignoredBody(framing: String) async throws {
    let bytes = String(repeating: "a", count: 1024)
    let piece = framing.contains("chunked") ? "400\r\n\(bytes)\r\n" : bytes
    try await ScriptedServer.run { _, _, channel in
      channel.send("HTTP/1.1 202 OK\r\n\(framing)\r\n\r\n")
      channel.writeEndlessly { ByteBuffer(string: piece) }
    } _: { server in
      try await withClient({ $0.maxResponseBytes = 100_000 }) { client in
        var request = OutboundRequest(.post, server.url, body: [1])
        request.ignoresBody = true
        let response = try await client.send(request)
        #expect(response.status == 202)
      }
    }
  }

  @Test("A body that is announced too large is not read at all")
  func announced() async throws {
    let error = try await failure { _, _, channel in
      channel.send("HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\n")
    }
    #expect(error?.code == .tooLarge)
  }

  @Test("A gzip bomb is cut off by what it expands to")
  func bomb() async throws {
    var compressed = ByteBuffer()
    try DeflateStream(.gzip, level: 9).compress(ByteBuffer(repeating: 0, count: 50_000_000), into: &compressed)
    let bytes = compressed
    let error = try await failure { _, _, channel in
      channel.send("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: \(bytes.readableBytes)\r\n\r\n")
      channel.writeAndFlush(bytes, promise: nil)
    } _: {
      $0.maxResponseBytes = 1_000_000
    }
    #expect(error?.code == .tooLarge)
  }

  @Test("A compressed body without end is cut off by its encoded size")
  func endlessGzip() async throws {
    // Empty members, which expand to nothing.
    var member = ByteBuffer()
    try DeflateStream(.gzip, level: 9).compress(ByteBuffer(), into: &member)
    let bytes = member
    let error = try await failure { _, _, channel in
      channel.send("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n")
      channel.writeEndlessly { bytes }
    } _: {
      $0.maxEncodedBytes = 10_000
    }
    #expect(error?.code == .tooLarge)
  }

  @Test(
    "A body that is no gzip, cut short, or coded otherwise is an error",
    arguments: [("gzip", "no gzip at all"), ("gzip", "\u{1f}"), ("br", "x"), ("gzip, gzip", "x"), ("deflate", "x")])
  func coding(name: String, body: String) async throws {
    let error = try await failure { _, _, channel in
      channel.send(
        "HTTP/1.1 200 OK\r\ncontent-encoding: \(name)\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)")
    }
    #expect(error?.code == .protocol)
  }

  @Test(
    "What is not HTTP is an error",
    arguments: [
      "hello\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    ])
  func garbage(answer: String) async throws {
    let error = try await failure { _, _, channel in channel.send(answer) }
    #expect(error?.code == .protocol)
  }

  @Test("A response that breaks off is an error, not a short body")
  func truncated() async throws {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"] {
      let error = try await failure { _, _, channel in
        channel.writeAndFlush(ByteBuffer(string: answer)).whenComplete { _ in channel.close(promise: nil) }
      }
      #expect([.protocol, .connectionLost].contains(error?.code))
    }
  }

  @Test("A server that says nothing is left after the head's time")
  func silent() async throws {
    let error = try await failure { _, _, _ in
    } _: {
      $0.headTimeout = .milliseconds(50)
    }
    #expect(error?.code == .timeout)
    #expect(error?.message.contains("head") == true)
  }

  @Test("A body that drips is left after the body's time")
  func slowBody() async throws {
    let error = try await failure { _, _, channel in
      channel.send("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
      channel.drip("a", every: .milliseconds(5))
    } _: {
      $0.bodyTimeout = .milliseconds(100)
    }
    #expect(error?.code == .timeout)
    #expect(error?.message.contains("body") == true)
  }

  @Test("A head that drips is left after the head's time")
  func slowHead() async throws {
    let error = try await failure { _, _, channel in
      channel.send("HTTP/1.1 200 OK\r\nx: ")
      channel.drip("a", every: .milliseconds(5))
    } _: {
      $0.headTimeout = .milliseconds(100)
    }
    #expect(error?.code == .timeout)
  }

  @Test("The time for everything ends redirects and slow bodies alike")
  func total() async throws {
    let error = try await failure { _, _, channel in
      channel.eventLoop.scheduleTask(in: .milliseconds(20)) {
        channel.send("HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n")
      }
    } _: {
      $0.totalTimeout = .milliseconds(100)
      $0.maxRedirects = 1_000
    }
    #expect(error?.code == .timeout)
  }

  @Test("A redirect loop ends at the limit")
  func loop() async throws {
    let error = try await failure { _, _, channel in
      channel.send("HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n")
    }
    #expect(error?.code == .tooManyRedirects)
  }

  @Test("A response that nobody asked for costs the connection, and is not taken for the next one's")
  func unasked() async throws {
    let ok = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"
    try await ScriptedServer.run({ _, _, channel in channel.send("\(ok)good\(ok)evil") }) { server in
      try await withClient { client in
        for _ in 0..<3 {
          let response = try await client.send(OutboundRequest(.get, server.url))
          #expect(String(decoding: response.body, as: UTF8.self) == "good")
        }
      }
    }
  }
}
