import NIOCore
import Testing

@testable import HTTPTransport

/// RFC 9113 §5.1: what a peer must not send in each state of a stream.
@Suite struct HTTP2IllegalFrameTests {
  enum Verdict: Equatable {
    case connection(HTTP2ErrorCode)
    case stream(HTTP2ErrorCode)
    case ignored
  }

  private func verdict(_ server: Endpoint, _ frames: [Frame]) throws -> Verdict {
    try? server.receive(frames)
    let out = Frame.parse(try server.output())
    if let goAway = out.of(Frame.Kind.goAway).last { return .connection(HTTP2ErrorCode(rawValue: goAway.word(at: 4))) }
    if let reset = out.of(Frame.Kind.reset).last { return .stream(HTTP2ErrorCode(rawValue: reset.word())) }
    return .ignored
  }

  private func raw(_ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8]) -> Frame {
    Frame(type: type, flags: flags, stream: stream, payload: payload)
  }

  @Test("On an idle stream only HEADERS and PRIORITY are legal")
  func idle() throws {
    #expect(try verdict(.server(), [.data(1, [1])]) == .connection(.protocolError))
    #expect(try verdict(.server(), [.reset(1, 8)]) == .connection(.protocolError))
    #expect(try verdict(.server(), [.windowUpdate(1, 1)]) == .connection(.protocolError))
    #expect(try verdict(.server(), [raw(9, flags: 4, stream: 1, [])]) == .connection(.protocolError))
    #expect(try verdict(.server(), [raw(2, stream: 1, [0, 0, 0, 0, 1])]) == .ignored)
  }

  @Test("After END_STREAM the peer may not send DATA or HEADERS")
  func halfClosed() throws {
    #expect(try verdict(.server(), [.headers(1), .data(1, [1])]) == .connection(.streamClosed))
    #expect(try verdict(.server(), [.headers(1), .headers(1, [("a", "b")])]) == .connection(.streamClosed))
    #expect(try verdict(.server(), [.headers(1), .windowUpdate(1, 5)]) == .ignored)
  }

  @Test("A request head after RST_STREAM ends the connection, other frames are ignored")
  func afterReset() throws {
    let server = try Endpoint.server()
    #expect(try verdict(server, [.headers(1), .reset(1, 8), .headers(1)]) == .connection(.streamClosed))
    #expect(server.accepted.count == 1)
    #expect(try verdict(.server(), [.headers(1), .reset(1, 8), .reset(1, 8)]) == .ignored)
    #expect(try verdict(.server(), [.headers(1), .reset(1, 8), .windowUpdate(1, 5)]) == .ignored)
  }

  @Test("Stream ids must be odd and rise")
  func streamIDs() throws {
    #expect(try verdict(.server(), [.headers(2)]) == .connection(.protocolError))
    #expect(try verdict(.server(), [.headers(0)]) == .connection(.protocolError))
    let server = try Endpoint.server()
    #expect(try verdict(server, [.headers(5), .headers(3)]) == .connection(.protocolError))
    #expect(server.accepted.count == 1, "a stream id that was passed over is never opened")
  }

  @Test("Frames of a wrong size or on a wrong stream end the connection")
  func sizes() throws {
    #expect(try verdict(.server(), [raw(6, [1, 2, 3])]) == .connection(.frameSizeError))
    #expect(try verdict(.server(), [raw(4, [1, 2, 3])]) == .connection(.frameSizeError))
    #expect(try verdict(.server(), [raw(4, flags: 1, [0, 1, 0, 0, 0, 0])]) == .connection(.frameSizeError))
    #expect(try verdict(.server(), [raw(8, [0, 0, 0])]) == .connection(.frameSizeError))
    #expect(try verdict(.server(), [raw(6, stream: 1, [0, 0, 0, 0, 0, 0, 0, 0])]) == .connection(.protocolError))
    #expect(try verdict(.server(), [raw(4, stream: 1, [])]) == .connection(.protocolError))
    #expect(try verdict(.server(), [.windowUpdate(0, 0)]) == .connection(.protocolError))
    #expect(
      try verdict(.server(), [.headers(1, Frame.post, endStream: false), .windowUpdate(1, 0)])
        == .connection(.protocolError))
    #expect(
      try verdict(.server(), [.headers(1, Frame.post, endStream: false), raw(0, flags: 8, stream: 1, [9, 1])])
        == .connection(.protocolError), "padding longer than the frame")
    #expect(
      try verdict(.server(), [raw(0, stream: 1, [UInt8](repeating: 0, count: 16_385))]) == .connection(.frameSizeError))
  }

  @Test("Illegal settings end the connection")
  func settings() throws {
    #expect(try verdict(.server(), [.settings([(2, 2)])]) == .connection(.protocolError))
    #expect(try verdict(.server(), [.settings([(4, 0x8000_0000)])]) == .connection(.flowControlError))
    #expect(try verdict(.server(), [.settings([(5, 100)])]) == .connection(.protocolError))
  }

  @Test("A client must not push, and a header block must not be interrupted")
  func pushAndContinuation() throws {
    #expect(
      try verdict(.server(), [.headers(1), raw(5, flags: 4, stream: 1, [0, 0, 0, 2])]) == .connection(.protocolError))
    #expect(
      try verdict(.server(), [.headers(1, endHeaders: false), .ping()]) == .connection(.protocolError))
    #expect(
      try verdict(.server(), [.headers(1, endHeaders: false), raw(9, flags: 4, stream: 3, [])])
        == .connection(.protocolError))
  }

  @Test("Broken HPACK ends the connection with COMPRESSION_ERROR")
  func compression() throws {
    #expect(try verdict(.server(), [raw(1, flags: 5, stream: 1, [0x80])]) == .connection(.compressionError))
    #expect(
      try verdict(.server(), [raw(1, flags: 5, stream: 1, [0xff, 0xff, 0xff, 0xff, 0xff])])
        == .connection(.compressionError))
  }

  static let malformed: [[(String, String)]] = [
    [(":method", "GET"), (":scheme", "http")],
    [(":method", "GET"), (":scheme", "http"), (":path", ""), (":authority", "a")],
    Frame.get + [("Upper", "x")],
    Frame.get + [("connection", "close")],
    Frame.get + [("te", "gzip")],
    Frame.get + [(":path", "/again")],
    Frame.get + [("a", "b"), (":late", "x")],
    Frame.get + [("a", "x\ny")],
    [(":status", "200")],
  ]

  @Test("A malformed request is reset, and the connection serves the next one", arguments: malformed)
  func malformedRequests(fields: [(String, String)]) throws {
    let server = try Endpoint.server()
    #expect(try verdict(server, [.headers(1, fields)]) == .stream(.protocolError))
    #expect(server.accepted.isEmpty || server.accepted.first?.closed == [.reset(.protocolError, byPeer: false)])
    let before = server.accepted.count
    try server.receive(.headers(3))
    #expect(server.accepted.count == before + 1)
    #expect(server.session.headersBegan == nil, "no half a header block is waited for")
  }

  @Test("What is no HTTP/2 at all is refused")
  func badPreface() throws {
    let server = try Endpoint(.server)
    #expect(throws: HTTPTransportError.self) {
      try server.session.receive(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
    }
    #expect(Frame.parse(try server.output()).of(Frame.Kind.goAway).count == 1)
  }

  @Test("Input cut at every byte means the same")
  func everyCut() throws {
    let frames: [Frame] = [
      .headers(1, Frame.post, endStream: false), .data(1, [1, 2, 3]), .data(1, [4], endStream: true),
    ]
    let bytes = frames.flatMap(\.bytes)
    for cut in 0...bytes.count {
      let server = try Endpoint.server()
      try server.session.receive(ByteBuffer(bytes: bytes[..<cut]))
      try server.session.receive(ByteBuffer(bytes: bytes[cut...]))
      #expect(server.accepted.first?.body == [1, 2, 3, 4] && server.accepted.first?.ended == true)
    }
  }

  @Test("Random bytes behind the preface never do more than end the connection")
  func noise() throws {
    var state: UInt64 = 42
    func next() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 33)
    }
    for _ in 0..<300 {
      let server = try Endpoint.server()
      server.onAccept = { recorder, _, _ in recorder.stream?.send(head: [":status": "200"], endStream: true) }
      // Plausible frames with random payloads reach deeper than noise alone.
      for _ in 0..<20 {
        let payload = (0..<Int(next() % 60)).map { _ in next() }
        try? server.receive(
          Frame(type: next() % 11, flags: next(), stream: UInt32(next() % 8), payload: payload))
        _ = try? server.output()
      }
      server.session.connectionLost()
      #expect(server.accepted.allSatisfy { $0.closed.count == 1 })
    }
  }
}
